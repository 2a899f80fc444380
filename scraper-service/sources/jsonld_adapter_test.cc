#include "scraper-service/sources/jsonld_adapter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scraper-service/sources/crawl_fixture.h"
#include "scraper-service/sources/jsonld.h"

namespace jobmesh::scraper::sources {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

constexpr char kSite[] = "https://jobs.example";

struct SitemapCrawl : Crawl {
  SitemapCrawl() : Crawl("jsonld", std::string(kSite) + "/sitemap.xml") {
    const auto page = [&](const std::string& path, const std::string& file) {
      fetcher.Page(kSite + path, TestData(file));
    };
    page("/sitemap.xml", "sitemap_index.xml");
    page("/sitemap-1.xml", "sitemap_1.xml");
    page("/sitemap-2.xml", "sitemap_2.xml");
    page("/jobs/graph", "jsonld_graph.html");
    page("/jobs/malformed?ref=a&b=1", "jsonld_malformed.html");
    page("/jobs/array", "jsonld_array.html");
    fetcher.Page(std::string(kSite) + "/about", "<html><body>About us</body></html>");
    fetcher.Fail(std::string(kSite) + "/private/draft", fetch::RobotsRefusal("forbidden"));
  }
};

TEST(JsonLdAdapterTest, SitemapIndex_GivesEveryPostingOnce) {
  SitemapCrawl crawl;
  const auto outcome = crawl.Run();
  EXPECT_EQ(outcome.kind, OutcomeKind::kOk) << outcome.message;
  EXPECT_TRUE(outcome.complete);
  EXPECT_EQ(outcome.parsed, 4);
  EXPECT_EQ(outcome.fetched, 7);
  EXPECT_EQ(outcome.skipped, 2);
  std::vector<std::string> titles;
  for (const auto& posting : crawl.sink.postings) titles.push_back(posting.title);
  EXPECT_THAT(titles, UnorderedElementsAre("Ship Engineer", "Cook", "Night Guard", "Day Guard"));
}

TEST(JsonLdAdapterTest, GraphWithReferences_IsReadInFull) {
  SitemapCrawl crawl;
  crawl.Run();
  const auto posting = crawl.sink.Titled("Ship Engineer");
  EXPECT_EQ(posting.native_id, "HB-77");
  EXPECT_EQ(posting.url, "https://jobs.example/jobs/graph");
  EXPECT_EQ(posting.company, "Harbour & Sons");
  EXPECT_EQ(posting.description_format, RawPosting::Format::kHtml);
  EXPECT_THAT(posting.description, HasSubstr("<p>Repair engines with <b>C++</b> tools.</p>"));
  EXPECT_THAT(posting.description, HasSubstr("Sea legs"));
  EXPECT_EQ(posting.location, "Porto, Norte, Portugal; Vigo, ES");
  ASSERT_TRUE(posting.place);
  EXPECT_EQ(posting.place->city, "Porto");
  EXPECT_EQ(posting.place->country, "Portugal");
  ASSERT_TRUE(posting.salary);
  EXPECT_EQ(posting.salary->min, 30000);
  EXPECT_EQ(posting.salary->max, 42000);
  EXPECT_EQ(posting.salary->currency, "EUR");
  EXPECT_EQ(posting.salary->period, "YEAR");
  EXPECT_EQ(posting.experience_months, 24);
  EXPECT_EQ(posting.employment_type_text, "FULL_TIME, CONTRACTOR");
  EXPECT_EQ(posting.posted_text, "2026-10-01");
  EXPECT_EQ(posting.valid_through_text, "2026-12-01T00:00:00Z");
  EXPECT_THAT(posting.tags, ElementsAre("Welding", "C++"));
}

TEST(JsonLdAdapterTest, MalformedJson_IsRepaired) {
  SitemapCrawl crawl;
  crawl.Run();
  const auto posting = crawl.sink.Titled("Cook");
  EXPECT_EQ(posting.description, "Line one\nline two\ttabbed, it's good");
  EXPECT_EQ(posting.description_format, RawPosting::Format::kText);
  EXPECT_EQ(posting.company, "Blue Spoon");
  EXPECT_EQ(posting.location, "12 Pier Road, Leeds");
  EXPECT_EQ(posting.remote_text, "TELECOMMUTE");
  ASSERT_TRUE(posting.salary);
  EXPECT_EQ(posting.salary->min, 18.5);
  EXPECT_EQ(posting.salary->currency, "USD");
  EXPECT_EQ(posting.salary->period, "");
}

TEST(JsonLdAdapterTest, ArrayAndOddSalaries) {
  SitemapCrawl crawl;
  crawl.Run();
  const auto night = crawl.sink.Titled("Night Guard");
  EXPECT_FALSE(night.salary);  // 0 means not stated
  EXPECT_FALSE(night.salary_text);
  EXPECT_EQ(night.location, "Ireland");
  const auto day = crawl.sink.Titled("Day Guard");
  EXPECT_EQ(day.salary_text, "£12 an hour");
  EXPECT_EQ(day.description, "Watch, R&D wing.");
  EXPECT_EQ(day.experience_text, "no experience");
  EXPECT_EQ(day.url, "https://jobs.example/jobs/a2");
}

TEST(JsonLdAdapterTest, Microdata_IsReadWithoutJsonLd) {
  const auto page = Document::ParseHtml(TestData("microdata.html"));
  const auto found = FindJobPostings(page);
  ASSERT_EQ(found.postings.size(), 1u);
  const auto posting = PostingFromJobPosting(found.postings[0], "https://jobs.example/g");
  EXPECT_EQ(posting.title, "Gardener");
  EXPECT_EQ(posting.company, "Green Fold");
  EXPECT_EQ(posting.location, "Bergen, NO");
  EXPECT_EQ(posting.employment_type_text, "PART_TIME");
  EXPECT_EQ(posting.posted_text, "2026-08-15");
  EXPECT_EQ(posting.description, "<p>Plant <i>trees</i>.</p>");
  ASSERT_TRUE(posting.salary);
  EXPECT_EQ(posting.salary->min, 210);
  EXPECT_EQ(posting.salary->period, "HOUR");
}

TEST(JsonLdAdapterTest, ListingWithNextLinks_IsFollowedAndFiltered) {
  Crawl crawl("jsonld", "https://jobs.example/list");
  crawl.source.options = {{"link_contains", "/jobs/"}};
  crawl.fetcher.Page("https://jobs.example/list", TestData("listing_1.html"));
  crawl.fetcher.Page("https://jobs.example/list?page=2", TestData("listing_2.html"));
  crawl.fetcher.Page("https://jobs.example/jobs/graph", TestData("jsonld_graph.html"));
  crawl.fetcher.Page("https://jobs.example/jobs/array", TestData("jsonld_array.html"));
  const auto outcome = crawl.Run();
  EXPECT_EQ(outcome.kind, OutcomeKind::kOk) << outcome.message;
  EXPECT_EQ(outcome.parsed, 3);
  EXPECT_EQ(crawl.fetcher.asked().size(), 4u);
}

TEST(JsonLdAdapterTest, CountedListing_EndsWhereNothingNewComes) {
  Crawl crawl("jsonld", "https://jobs.example/list/{page}");
  crawl.source.options = {{"link_contains", "/jobs/"}};
  crawl.fetcher.Page("https://jobs.example/list/1", "<a href='/jobs/graph'>x</a>");
  crawl.fetcher.Page("https://jobs.example/list/2", "<a href='/jobs/array'>x</a>");
  crawl.fetcher.Page("https://jobs.example/jobs/graph", TestData("jsonld_graph.html"));
  crawl.fetcher.Page("https://jobs.example/jobs/array", TestData("jsonld_array.html"));
  const auto outcome = crawl.Run();
  EXPECT_EQ(outcome.kind, OutcomeKind::kOk) << outcome.message;
  EXPECT_EQ(outcome.parsed, 3);
}

TEST(JsonLdAdapterTest, MaxPages_MakesTheRunIncomplete) {
  SitemapCrawl crawl;
  crawl.source.max_pages = 2;
  const auto outcome = crawl.Run();
  EXPECT_EQ(outcome.kind, OutcomeKind::kOk);
  EXPECT_FALSE(outcome.complete);
  EXPECT_THAT(outcome.message, HasSubstr("max_pages"));
}

TEST(JsonLdAdapterTest, SitemapsOfRobotsTxt_AreUsedWhenAsked) {
  SitemapCrawl crawl;
  crawl.source.options = {{"from_robots", true}};
  crawl.fetcher.SetSitemaps({"https://jobs.example/sitemap-2.xml"});
  EXPECT_EQ(crawl.Run().parsed, 3);
  crawl.fetcher.SetSitemaps({});
  EXPECT_NE(crawl.Run().kind, OutcomeKind::kOk);
}

TEST(JsonLdAdapterTest, UnchangedPages_AreReported_AndOnlyGoodOnesRemembered) {
  SitemapCrawl crawl;
  crawl.fetcher.NotModified("https://jobs.example/jobs/graph");
  crawl.fetcher.Page("https://jobs.example/jobs/array",
                     "<script type='application/ld+json'>{\"@type\":\"JobPosting\", oops</script>");
  const auto outcome = crawl.Run();
  EXPECT_EQ(outcome.kind, OutcomeKind::kPartial);
  EXPECT_EQ(outcome.unchanged, 1);
  EXPECT_THAT(crawl.sink.unchanged, ElementsAre("https://jobs.example/jobs/graph"));
  EXPECT_THAT(crawl.fetcher.remembered(),
              ElementsAre("https://jobs.example/jobs/malformed?ref=a&b=1"));
  ASSERT_EQ(outcome.samples.size(), 1u);
  EXPECT_THAT(outcome.samples[0], HasSubstr("jobs/array"));
}

}  // namespace
}  // namespace jobmesh::scraper::sources
