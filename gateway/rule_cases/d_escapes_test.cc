// Section D: percent-encoding of paths. It is undone once, and keeps slashes apart.

#include <cstdio>
#include <string>

#include "gateway/rule_cases/path_rows.h"

namespace jobmesh::gateway::rule_cases {
namespace {

using routes::PathOptions;
using routes::testdata::Result;
using routes::testdata::TableOf;
using transcode::PercentDecoding;

const PathRow kEscapes[] = {
    {"D1", {"/a/{x}/c"}, {{"/a/p%20q%2Fr+/c", "/a/{x}/c x=\"p q/r+\""}}},
    {"D3",
     {"/a/{x=p/*/q/*}/c"},
     {{"/a/p/foo%20foo/q/bar%2Fbar/c", "/a/{x=p/*/q/*}/c x=\"p/foo foo/q/bar%2Fbar\""}}},
    {"D4",
     {"/a/{x=**}/c"},
     {{"/a/p/foo%20foo/q/bar%2Fbar+/c", "/a/{x=**}/c x=\"p/foo foo/q/bar%2Fbar+\""}}},
    {"D6",
     {"/foo/{id}/bar"},
     {{"/foo/success%2fwith%2Fspace/bar", "/foo/{id}/bar id=\"success/with/space\""}}},
    {"D8",
     {"/api/v1/{name=organizations/*}:action"},
     {{"/api/v1/organizations%2Ffoo:action", "404"}}},
    {"D9", {"/foo/{x}"}, {{"/foo/%25", "/foo/{x} x=\"%\""}, {"/foo/%252F", "/foo/{x} x=\"%2F\""}}},
    {"D10",
     {"/foo/{x}"},
     {{"/foo/%", "400"}, {"/foo/%2", "400"}, {"/foo/%zz", "400"}, {"/%/nothing", "400"}}},
};

class Escapes : public testing::TestWithParam<PathRow> {};

TEST_P(Escapes, AreUndoneOnce) { Check(GetParam()); }

INSTANTIATE_TEST_SUITE_P(D, Escapes, testing::ValuesIn(kEscapes), NumberOf());

// What a variable of several segments gets, as each option has it.
void CheckMultiSegment(const std::string& path_template, const std::string& path,
                       const std::string& keep_reserved, const std::string& keep_slash,
                       const std::string& all) {
  const auto with = [&](PercentDecoding decoding) {
    return Result(TableOf({path_template}, "GET", {.multi_segment = decoding}), path);
  };
  EXPECT_EQ(Result(TableOf({path_template}), path), path_template + ' ' + keep_reserved);
  EXPECT_EQ(with(PercentDecoding::kKeepReserved), path_template + ' ' + keep_reserved);
  EXPECT_EQ(with(PercentDecoding::kKeepSlash), path_template + ' ' + keep_slash);
  EXPECT_EQ(with(PercentDecoding::kAll), path_template + ' ' + all);
}

TEST(OtherEscapes, D2_EveryByteOfASegmentIsDecodedAndWhatIsNoTextIsRefused) {
  const auto table = TableOf({"/{x}"});
  for (int byte = 0; byte < 256; ++byte) {
    for (const char* format : {"/%%%02x", "/%%%02X"}) {
      char path[8];
      std::snprintf(path, sizeof path, format, byte);
      const bool is_text = byte > 0 && byte < 0x80;
      const std::string expected =
          is_text ? std::string("/{x} x=\"") + static_cast<char>(byte) + '"' : "400";
      EXPECT_EQ(Result(table, path), expected) << path;
    }
  }
  EXPECT_EQ(Result(table, "/%C3%A9"), "/{x} x=\"é\"");
  EXPECT_EQ(Result(table, "/%ED%A0%80"), "400");
}

TEST(OtherEscapes, D5_ReservedCharactersStayEscapedInSeveralSegments) {
  const std::string escaped = "%21%23%24%26%27%28%29%2A%2B%2C%2F%3A%3B%3D%3F%40%5B%5D";
  const std::string x = R"(x="!#$&'()*+,/:;=?@[]" y=")";
  CheckMultiSegment("/a/{x=*}/{y=**}/c", "/a/" + escaped + '/' + escaped + "/c", x + escaped + '"',
                    x + R"(!#$&'()*+,%2F:;=?@[]")", x + R"(!#$&'()*+,/:;=?@[]")");
}

TEST(OtherEscapes, D7_AnEscapedSlashIsNone) {
  CheckMultiSegment("/foo/{id=**}", "/foo/test%2Fbar", R"(id="test%2Fbar")", R"(id="test%2Fbar")",
                    R"(id="test/bar")");
}

TEST(OtherEscapes, D11_EscapesOfEscapesAreUndoneOnce) {
  CheckMultiSegment("/{x=**}", "/%2f%23/%20%2523", R"(x="%2f%23/ %23")", R"(x="%2f#/ %23")",
                    R"(x="/#/ %23")");
}

}  // namespace
}  // namespace jobmesh::gateway::rule_cases
