#include "gateway/policy/content_coding.h"

#include <zlib.h>

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "gateway/policy/entity_tag.h"

namespace jobmesh::gateway::policy {
namespace {

std::string Gunzip(const std::string& coded, size_t size) {
  std::string out(size, '\0');
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(coded.data()));
  stream.avail_in = static_cast<uInt>(coded.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

TEST(ChooseCodingTest, Weights_DecideBetweenGzipAndIdentity) {
  const struct {
    std::optional<std::string_view> header;
    bool gzip;
    bool must_code;
  } rows[] = {
      {std::nullopt, false, false},
      {"", false, false},
      {"gzip", true, false},
      {"GZIP", true, false},
      {"x-gzip", true, false},
      {"gzip, deflate, br, zstd", true, false},
      {"br", false, false},
      {"gzip;q=0", false, false},
      {"gzip;q=0.000", false, false},
      {"gzip; q=0.5", true, false},
      {"gzip;q=0.5, identity", false, false},
      {"gzip;q=0.5, identity;q=0.5", true, false},
      {"gzip;q=0.4, identity;q=0.5", false, false},
      {"identity", false, false},
      {"*", true, false},
      {"*;q=0", false, false},
      {"gzip, *;q=0", true, true},
      {"gzip, identity;q=0", true, true},
      {"identity;q=0", false, false},
      {"identity;q=0, *", true, true},
      {"gzip;q=0, *", false, false},
      {"gzip;q=much", true, false},
      {",,gzip,", true, false},
  };
  for (const auto& row : rows) {
    const CodingChoice choice = ChooseCoding(row.header);
    EXPECT_EQ(choice.gzip, row.gzip) << row.header.value_or("(none)");
    EXPECT_EQ(choice.must_code, row.must_code) << row.header.value_or("(none)");
  }
}

TEST(IsCompressibleTest, TextLikeTypes_AreCompressible) {
  for (const char* type :
       {"application/json", "application/problem+json", "text/plain; charset=utf-8", "text/csv",
        "application/xml", "image/svg+xml", "application/x-ndjson", "application/javascript",
        "application/yaml"}) {
    EXPECT_TRUE(IsCompressible(type)) << type;
  }
  for (const char* type : {"", "image/png", "application/octet-stream", "application/gzip",
                           "text/event-stream", "Text/Event-Stream; charset=utf-8"}) {
    EXPECT_FALSE(IsCompressible(type)) << type;
  }
}

TEST(GzipTest, EveryLevelAndSize_ComesBackWhole) {
  std::string body;
  for (const size_t size : {0u, 1u, 1000u, 100'000u}) {
    while (body.size() < size) {
      body += "{\"title\":\"Engineer " + std::to_string(body.size() * 7919 % 1000) + "\"},";
    }
    body.resize(size);
    for (const int level : {kGzipKept, kGzipOnce}) {
      const std::string coded = Gzip(body, level);
      EXPECT_EQ(Gunzip(coded, size + 1), body);
      EXPECT_EQ(coded, Gzip(body, level));
    }
  }
}

TEST(EntityTagTest, SameBytes_HaveTheSameTagEverywhere) {
  EXPECT_EQ(EntityTagOf(""), "\"e3b0c44298fc1c149afbf4c8996fb924\"");
  EXPECT_EQ(EntityTagOf("abc"), "\"ba7816bf8f01cfea414140de5dae2223\"");
  EXPECT_EQ(CodedEntityTag("\"abc\"", "gzip"), "\"abc-gzip\"");
}

TEST(EntityTagTest, NoneMatch_ComparesWeaklyAndReadsLists) {
  for (const char* header : {"\"a\"", "W/\"a\"", "\"x\", \"a\"", "\"x\",W/\"a\"", "*", " * ",
                             "\"x,\", \"a\"", ", \"a\""}) {
    EXPECT_TRUE(NoneMatchHolds(header, "\"a\"")) << header;
  }
  for (const char* header : {"", "a", "\"b\"", "\"aa\"", "\"a", "\"A\"", "\"x, \"a"}) {
    EXPECT_FALSE(NoneMatchHolds(header, "\"a\"")) << header;
  }
  EXPECT_TRUE(NoneMatchHolds("\"a\"", "W/\"a\""));
}

}  // namespace
}  // namespace jobmesh::gateway::policy
