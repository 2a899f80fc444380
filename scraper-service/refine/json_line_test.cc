#include "scraper-service/refine/json_line.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::scraper::refine {
namespace {

std::string Value(std::string_view line, std::string_view key) {
  JsonLine json;
  if (!json.Parse(line).ok()) return "refused";
  const std::string* const value = json.Text(key);
  return value == nullptr ? "absent" : *value;
}

TEST(JsonLineTest, EscapedQuotes_DoNotEndAString) {
  EXPECT_EQ(Value(R"({"a":"say \"hi\" \\","b":"\u00e9\ud83d\ude00"})", "a"), R"(say "hi" \)");
  EXPECT_EQ(Value(R"({"a":"say \"hi\" \\","b":"\u00e9\ud83d\ude00"})", "b"),
            "\xC3\xA9\xF0\x9F\x98\x80");
  EXPECT_EQ(Value(R"({"a":"\n\n\n\n","b":"x"})", "b"), "x");
}

TEST(JsonLineTest, OtherValues_AreSkipped) {
  EXPECT_EQ(Value(R"({"a":{"b":["}",1,{"c":null}]},"b":"x"})", "b"), "x");
  EXPECT_EQ(Value(R"({"a":12})", "a"), "absent");
}

TEST(JsonLineTest, BrokenLines_AreRefused) {
  for (const char* line : {"", "[]", R"({"a":"x)", R"({"a":"x\)", R"({"a":"\")", R"({"a" "b"})",
                           R"({"a":"b"} x)", R"({"a":"\q"})"}) {
    EXPECT_EQ(Value(line, "a"), "refused") << line;
  }
}

TEST(AppendJsonTest, StringsAndNumbers_AreValidJson) {
  std::string out;
  AppendJsonString("plain \"q\" \\ \n \xC3\xA9 \xFF!", out);
  EXPECT_EQ(out, "\"plain \\\"q\\\" \\\\ \\u000a \xC3\xA9 \xEF\xBF\xBD!\"");
  out.clear();
  for (const double number : {0.0, -12.0, 1e14, 2.5}) AppendJsonNumber(number, out += ' ');
  EXPECT_EQ(out, " 0 -12 100000000000000 2.5");
}

}  // namespace
}  // namespace jobmesh::scraper::refine
