#include "user-service/search/job_filter.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "user-service/search/page_token.h"

namespace jobmesh::user {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(WordsQuery, AsksForEveryWordAndTheLastAsAPrefix) {
  EXPECT_EQ(WordsQuery("senior  python dev"), "'senior' & 'python' & 'dev':*");
}

TEST(WordsQuery, TakesShortAndMarkedWordsAsTheyAre) {
  EXPECT_EQ(WordsQuery("go"), "'go'");
  EXPECT_EQ(WordsQuery("c++"), "'c++'");
}

TEST(WordsQuery, QuotesWhatCouldBeAnOperator) {
  EXPECT_EQ(WordsQuery("o'neil | !x \\y"), "'o''neil' & '!x' & '\\\\y'");
  EXPECT_EQ(WordsQuery(" & | "), "");
}

TEST(MarkPatterns, KeepsWhatTheTextSearchDrops) {
  EXPECT_THAT(MarkPatterns("C++ c# .net node.js 100%"), ElementsAre("%C++%", "%c#%", "%.net%"));
  EXPECT_THAT(MarkPatterns("python ++"), IsEmpty());
}

TEST(ContainsPattern, MakesWildcardsLiteral) {
  EXPECT_EQ(ContainsPattern("5%_\\"), "%5\\%\\_\\\\%");
}

TEST(ValidateJobFilter, NamesTheBadField) {
  search::v1::JobFilter filter;
  filter.set_seniority("boss");
  EXPECT_TRUE(ValidateJobFilter(filter).message().find("seniority: must be one of") == 0);
  filter.set_seniority("senior");
  EXPECT_TRUE(ValidateJobFilter(filter).ok());
  filter.set_salary_min(-1);
  EXPECT_TRUE(absl::IsInvalidArgument(ValidateJobFilter(filter)));
}

TEST(PageToken, ComesBackAsItWas) {
  search::v1::JobFilter filter;
  filter.set_title("python");
  const std::string fingerprint = SearchFingerprint(filter, "newest");
  const PagePosition position{TitleScope::kAnywhere, 42, "2026-01-31 10:00:00.000001+00",
                              "0b0c6c1e-8d6c-4f5e-9d7a-000000000001"};
  const auto decoded = DecodePageToken(EncodePageToken(position, fingerprint), fingerprint);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->scope, position.scope);
  EXPECT_EQ(decoded->total, position.total);
  EXPECT_EQ(decoded->sort_key, position.sort_key);
  EXPECT_EQ(decoded->posting_id, position.posting_id);
}

TEST(PageToken, BelongsToItsSearchOnly) {
  search::v1::JobFilter filter;
  const std::string newest = SearchFingerprint(filter, "newest");
  const std::string token =
      EncodePageToken({TitleScope::kTitle, 1, "1", "0b0c6c1e-8d6c-4f5e-9d7a-000000000001"}, newest);
  EXPECT_TRUE(DecodePageToken(token, newest).ok());
  EXPECT_FALSE(DecodePageToken(token, SearchFingerprint(filter, "salary")).ok());
  filter.set_source("board");
  EXPECT_FALSE(DecodePageToken(token, SearchFingerprint(filter, "newest")).ok());
}

TEST(PageToken, RefusesRubbish) {
  for (const char* token : {"", "!!!", "e30", "bnVsbA", "W10", "eyJmIjoxfQ"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(DecodePageToken(token, "f").status())) << token;
  }
  for (const char* key : {"'; drop", "", "abc"}) {
    const std::string token =
        EncodePageToken({TitleScope::kTitle, 1, key, "0b0c6c1e-8d6c-4f5e-9d7a-000000000001"}, "f");
    EXPECT_FALSE(DecodePageToken(token, "f").ok()) << key;
  }
}

}  // namespace
}  // namespace jobmesh::user
