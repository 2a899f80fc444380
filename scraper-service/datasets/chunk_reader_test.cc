#include "scraper-service/datasets/chunk_reader.h"

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::scraper::datasets {
namespace {

using Format = ChunkReader::Format;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// `id title` of each posting, whatever the pieces the text comes in.
absl::StatusOr<std::vector<std::string>> ReadAll(Format format, const std::string& text,
                                                 size_t piece) {
  std::vector<std::string> seen;
  ChunkReader reader(format, [&](const RawPosting& posting) {
    seen.push_back(posting.native_id + " " + posting.title);
    return absl::OkStatus();
  });
  for (size_t i = 0; i < text.size(); i += piece) {
    if (absl::Status status = reader.Feed(std::string_view(text).substr(i, piece)); !status.ok()) {
      return status;
    }
  }
  if (absl::Status status = reader.Finish(); !status.ok()) {
    return status;
  }
  return seen;
}

TEST(ChunkReaderTest, JsonLines_AreReadInAnyPieces) {
  const std::string text =
      "{\"id\":\"1\",\"title\":\"Cook\"}\r\n\n{\"native_id\":\"b\",\"id\":\"2\",\"title\":"
      "\"Nurse\"}";
  for (const size_t piece : {1u, 7u, 1000u}) {
    auto read = ReadAll(Format::kJsonLines, text, piece);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_THAT(*read, ElementsAre("1 Cook", "b Nurse"));
  }
}

TEST(ChunkReaderTest, Csv_TakesQuotesCommasAndLineBreaks) {
  const std::string text =
      "\xef\xbb\xbfid,title,description\n1,\"Cook, "
      "\"\"head\"\"\",x\n2,\"Nurse\nnight\",\n3,Clerk,z";
  for (const size_t piece : {1u, 5u, 1000u}) {
    auto read = ReadAll(Format::kCsv, text, piece);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_THAT(*read, ElementsAre("1 Cook, \"head\"", "2 Nurse\nnight", "3 Clerk"));
  }
}

TEST(ChunkReaderTest, BadRecords_AreNamed) {
  const auto refusal = [](Format format, const std::string& text) {
    return std::string(ReadAll(format, text, 3).status().message());
  };
  EXPECT_THAT(refusal(Format::kJsonLines, "{\"title\":\"a\"}\n[1]\n"), HasSubstr("record 2"));
  EXPECT_THAT(refusal(Format::kJsonLines, "{\"id\":\"1\"}\n"), HasSubstr("title: is required"));
  EXPECT_THAT(refusal(Format::kCsv, "id,title\n1\n"), HasSubstr("1 fields where the header has 2"));
  EXPECT_THAT(refusal(Format::kCsv, "id,title\n1,\"a\n"), HasSubstr("not closed"));
  EXPECT_THAT(refusal(Format::kCsv, "id,title\n1,\"a\"b\n"), HasSubstr("do not match"));
}

}  // namespace
}  // namespace jobmesh::scraper::datasets
