#include "scraper-service/site_data/site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::scraper::site_data {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

absl::Time At(const char* text) {
  absl::Time time;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, nullptr));
  return time;
}

std::vector<Site> Parse(std::string_view text) {
  auto sites = ParseSites(text, {{"BOARD", "http://127.0.0.1:8090"}});
  EXPECT_TRUE(sites.ok()) << sites.status();
  return sites.value_or(std::vector<Site>());
}

std::string Problems(std::string_view text) {
  const auto sites = ParseSites(text, {});
  EXPECT_TRUE(absl::IsInvalidArgument(sites.status()));
  return std::string(sites.status().message());
}

TEST(SiteTest, TheDocumentsOwnExample_IsRead) {
  const auto sites = Parse(R"([
    {
      // Site ID
      "site_id": "news",
      "date_strategy": "today",
      "enabled": true,
      "providers": {
        "site_a":"http://a.com",
        "site_b":"http://b.com"
      },
      "description": ""
    }
  ])");
  ASSERT_EQ(sites.size(), 1u);
  EXPECT_EQ(sites[0].id, "news");
  ASSERT_EQ(sites[0].providers.size(), 2u);
  EXPECT_EQ(sites[0].providers[1].name, "site_b");
  EXPECT_EQ(sites[0].providers[1].url, "http://b.com");
  EXPECT_EQ(sites[0].providers[1].transformer, "default");
  EXPECT_EQ(FindSite(sites, "news"), &sites[0]);
  EXPECT_EQ(FindSite(sites, "NEWS"), nullptr);
}

TEST(SiteTest, Strategies_NameTheirDayOfUtc) {
  const auto sites = Parse(R"([
    {"site_id": "a", "providers": {}},
    {"site_id": "b", "date_strategy": "yesterday", "providers": {}},
    {"site_id": "c", "date_strategy": "custom", "custom_date": "2024-02-29", "providers": {}}])");
  ASSERT_EQ(sites.size(), 3u);
  for (const auto& [now, today, yesterday] :
       {std::tuple("2026-01-01T00:00:00Z", "2026-01-01", "2025-12-31"),
        std::tuple("2026-03-01T23:59:59Z", "2026-03-01", "2026-02-28"),
        std::tuple("2026-03-01T23:30:00-05:00", "2026-03-02", "2026-03-01")}) {
    EXPECT_EQ(DayText(sites[0].DateAt(At(now))), today);
    EXPECT_EQ(DayText(sites[1].DateAt(At(now))), yesterday);
    EXPECT_EQ(DayText(sites[2].DateAt(At(now))), "2024-02-29");
  }
}

TEST(SiteTest, Days_AreWrittenInOneWayOnly) {
  EXPECT_EQ(DayText(*ParseDay("2026-02-05")), "2026-02-05");
  EXPECT_EQ(DayText(*ParseDay("0001-01-01")), "0001-01-01");
  for (const char* none :
       {"", "2026-2-5", "2026-02-30", "2026-13-01", "2026-00-10", "0000-01-01", "2026-02-05 ",
        "2026/02/05", "05-02-2026", "2026-02-05T00:00:00Z", "+026-02-05", "２０２６"}) {
    EXPECT_FALSE(ParseDay(none)) << none;
  }
}

TEST(SiteTest, Transformers_AreNamedForAllOrByProvider) {
  const auto sites = Parse(R"([
    {"site_id": "a", "providers": {"x": "http://x.example", "y": "${BOARD}/y"}, "transformer": "schema_org"},
    {"site_id": "b", "providers": {"x": "http://x.example", "y": "http://y.example"},
     "transformer": {"y": "schema_org"}}])");
  ASSERT_EQ(sites.size(), 2u);
  EXPECT_EQ(sites[0].providers[0].transformer, "schema_org");
  EXPECT_EQ(sites[0].providers[1].url, "http://127.0.0.1:8090/y");
  EXPECT_EQ(sites[1].providers[0].transformer, "default");
  EXPECT_EQ(sites[1].providers[1].transformer, "schema_org");
}

TEST(SiteTest, EveryMistake_IsNamedAtOnce) {
  EXPECT_THAT(Problems(R"([
        {"site_id": "a", "providers": {"stored": "http://x", "p": 7, "q": "ftp://x", "r": "${NOPE}"}},
        {"site_id": "a", "providers": {}, "date_strategy": "tomorrow", "enabled": "yes"},
        {"site_id": "b", "date_strategy": "custom", "providers": {"x": "http://x"}, "transformer": "magic"},
        {"site_id": "no blanks", "colour": 1},
        7])"),
              AllOf(HasSubstr("site \"a\": providers.stored"), HasSubstr("site \"a\": providers.p"),
                    HasSubstr("site \"a\": providers.q"), HasSubstr("site \"a\": providers.r"),
                    HasSubstr("stands there twice"), HasSubstr("date_strategy"),
                    HasSubstr("enabled"), HasSubstr("site \"b\": custom_date"),
                    HasSubstr("transformer"), HasSubstr("sites[3]: site_id"),
                    HasSubstr("colour: unknown field"), HasSubstr("sites[4]: expected an object")));
  EXPECT_THAT(Problems("{}"), HasSubstr("array"));
  EXPECT_THAT(Problems("[{"), HasSubstr("array"));
}

}  // namespace
}  // namespace jobmesh::scraper::site_data
