// Bodies, queries and answers made to hurt: time must stay linear in their size.

#include <ctime>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "gateway/transcode/json_to_wire.h"
#include "gateway/transcode/request_builder.h"
#include "gateway/transcode/testdata/tables.h"
#include "gateway/transcode/wire_to_json.h"

namespace jobmesh::gateway::transcode {
namespace {

// A sanitizer included; quadratic work on these sizes takes minutes.
constexpr double kLimitSeconds = 10;
constexpr std::size_t kSize = 2'000'000;

std::string Repeat(const std::string& piece, std::size_t size) {
  std::string text;
  text.reserve(size + piece.size());
  while (text.size() < size) text += piece;
  return text;
}

class HostileInput : public testing::Test {
 protected:
  ~HostileInput() override {
    EXPECT_LT(static_cast<double>(std::clock() - start_) / CLOCKS_PER_SEC, kLimitSeconds);
  }

 private:
  const std::clock_t start_ = std::clock();  // time of this process alone
};

bool Parses(const std::string& json, UnknownFields unknown_fields = UnknownFields::kRefuse) {
  std::string wire;
  return JsonToWire(TestTable(), json, {.unknown_fields = unknown_fields}, &wire).ok();
}

TEST_F(HostileInput, F16_DeepJsonIsRefusedAtOnce) {
  for (const char* bracket : {"[", "{\"a\":", "[{\"a\":", "{\"nested\":"}) {
    const std::string deep = Repeat(bracket, kSize);
    EXPECT_FALSE(Parses("{\"anyJson\":" + deep));
    EXPECT_FALSE(Parses("{\"unknown\":" + deep, UnknownFields::kIgnore));
    EXPECT_FALSE(Parses(deep));
  }
}

TEST_F(HostileInput, LongTokens_AreReadOnce) {
  EXPECT_TRUE(Parses("{\"stringValue\":\"" + Repeat("\\u00e9", kSize) + "\"}"));
  EXPECT_FALSE(Parses("{\"stringValue\":\"" + Repeat("\\", kSize)));
  EXPECT_FALSE(Parses("{\"int32Value\":" + Repeat("9", kSize) + "}"));
  EXPECT_FALSE(Parses("{\"int32Value\":1." + Repeat("0", kSize) + "1}"));
  EXPECT_TRUE(Parses("{\"int32Value\":1." + Repeat("0", kSize) + "}"));
  EXPECT_FALSE(Parses("{\"doubleValue\":" + Repeat("9", kSize) + "}"));
  EXPECT_TRUE(Parses("{\"doubleValue\":0." + Repeat("3", kSize) + "}"));
  EXPECT_FALSE(Parses("{\"" + Repeat("q", kSize) + "\":1}"));
  EXPECT_FALSE(Parses("{\"color\":\"" + Repeat("q", kSize) + "\"}"));
  EXPECT_TRUE(Parses(Repeat(" ", kSize) + "{}" + Repeat("\n", kSize)));
}

TEST_F(HostileInput, ManyMembers_AreKeptApartInLinearTime) {
  std::string map = "{\"structValue\":{";
  for (int i = 0; i < 150'000; ++i) map += "\"" + std::to_string(i) + "\":1,";
  EXPECT_TRUE(Parses(map + "\"x\":1}}"));
  EXPECT_FALSE(Parses(map + "\"7\":1}}"));
  EXPECT_TRUE(Parses("{\"children\":[" + Repeat("{},", kSize) + "{}]}"));
  EXPECT_TRUE(Parses("{\"numbers\":[" + Repeat("1,", kSize) + "1]}"));
  // Every element is as deep as can be.
  const std::string deep = Repeat("{\"nested\":", 10 * 60) + "{}" + std::string(60, '}');
  EXPECT_TRUE(Parses("{\"children\":[" + Repeat(deep + ',', kSize) + "{}]}"));
}

TEST_F(HostileInput, NestedAnyWithTheTypeLast_IsBounded) {
  const std::string type =
      ",\"@type\":\"type.googleapis.com/jobmesh.gateway.testdata.Everything\"}";
  std::string json = "{\"stringValue\":\"" + Repeat("x", kSize / 10) + '"' + type;
  for (int i = 0; i < 30; ++i) json.insert(0, "{\"any\":").append(type);
  EXPECT_TRUE(Parses("{\"any\":" + json + "}"));
}

TEST_F(HostileInput, Queries_AreLinear) {
  const ParseOptions options;
  const BodyRule none;
  for (const std::string& query :
       {Repeat("&", kSize), Repeat("a.", kSize) + "=1", Repeat("nested.", kSize) + "a=1",
        Repeat("=", kSize), "words=" + Repeat("%41", kSize), Repeat("words=a&", kSize),
        "labels[" + Repeat("[", kSize) + "]=1"}) {
    RequestBuilder builder(TestTable(), none, options);
    builder.BindQuery(query, {}).IgnoreError();
  }
}

TEST_F(HostileInput, AnswersInOddOrder_ArePrintedInLinearTime) {
  // Fields and members of a oneof that alternate.
  std::string out;
  const std::string wire = Repeat(WireOf("choice_number: 1") + WireOf("choice_text: 'a'") +
                                      WireOf("numbers: 1") + WireOf("words: 'b'"),
                                  kSize);
  EXPECT_TRUE(WireToJson(TestTable(), wire, {}, &out).ok());
  // At every depth the last field comes first.
  std::string nested;
  for (int i = 0; i < 90; ++i) {
    WireWriter writer(nested.size());
    writer.Raw(WireOf("far_field: 1"));
    writer.Tag(MakeTag(17, WireType::kLength));
    writer.LengthDelimited(nested);
    nested.clear();
    writer.Finish(&nested);
  }
  out.clear();
  EXPECT_TRUE(WireToJson(TestTable(), nested, {}, &out).ok());
}

TEST_F(HostileInput, TextCutOrChangedAnywhere_NeverCrashes) {
  const std::string json = R"({"nested":{"words":["a\u00e9\ud83d\ude00"],"labels":{"k":"v"}},)"
                           R"("time":"2026-01-31T12:00:00Z","anyJson":{"a":[1,null,true,"x"]},)"
                           R"("any":{"@type":"x/google.protobuf.Duration","value":"1.5s"},)"
                           R"("doubleValue":-1.5e-3,"color":"RED","bytesValue":"AAA="})";
  ASSERT_TRUE(Parses(json));
  for (std::size_t size = 0; size < json.size(); ++size) EXPECT_FALSE(Parses(json.substr(0, size)));
  std::string wire;
  ASSERT_TRUE(JsonToWire(TestTable(), json, {}, &wire).ok());
  std::mt19937 random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string changed = json;
    std::string changed_wire = wire;
    for (int j = 0; j < 3; ++j) {
      changed[random() % changed.size()] = static_cast<char>(random());
      changed_wire[random() % wire.size()] = static_cast<char>(random());
    }
    std::string result;
    if (JsonToWire(TestTable(), changed, {}, &result).ok()) {
      EXPECT_TRUE(testdata::Everything().ParseFromString(result)) << changed;
    }
    std::string printed;
    if (WireToJson(TestTable(), changed_wire, {}, &printed).ok()) {
      EXPECT_TRUE(nlohmann::json::accept(printed)) << printed;
    }
  }
}

}  // namespace
}  // namespace jobmesh::gateway::transcode
