#include "scraper-service/sources/greenhouse_adapter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scraper-service/sources/crawl_fixture.h"

namespace jobmesh::scraper::sources {
namespace {

using ::testing::HasSubstr;

constexpr char kBoard[] = "https://boards.example/v1/boards/kites/jobs";

TEST(GreenhouseAdapterTest, Board_IsReadWithoutProspectPosts) {
  Crawl crawl("greenhouse", kBoard);
  crawl.source.options = {{"company", "Kite Yard Ltd"}};
  crawl.fetcher.Page(std::string(kBoard) + "?content=true", TestData("greenhouse_jobs.json"));
  const auto outcome = crawl.Run();
  EXPECT_EQ(outcome.kind, OutcomeKind::kOk) << outcome.message;
  ASSERT_EQ(crawl.sink.postings.size(), 2u);
  const auto& kite = crawl.sink.postings[0];
  EXPECT_EQ(kite.native_id, "501");
  EXPECT_EQ(kite.title, "Kite Designer & Tester");
  EXPECT_EQ(kite.company, "Kite Yard");
  EXPECT_EQ(kite.location, "Lisbon, Portugal");
  EXPECT_EQ(kite.url, "https://boards.example/kites/jobs/501");
  EXPECT_EQ(kite.description, "Intro. <p>Sew <b>kites</b></p>");
  EXPECT_EQ(kite.description_format, RawPosting::Format::kHtml);
  EXPECT_EQ(kite.posted_text, "2026-09-20T09:00:00-05:00");
  EXPECT_EQ(kite.employment_type_text, "Full-time");
  EXPECT_EQ(kite.remote_text, "Hybrid");
  EXPECT_FALSE(kite.salary);
  const auto& rope = crawl.sink.postings[1];
  EXPECT_EQ(rope.company, "Kite Yard Ltd");
  EXPECT_EQ(rope.location, "Porto, Portugal");
  EXPECT_EQ(rope.description, "<p>Use &lt;code&gt; tags</p>");  // escaped once, so undone once
  EXPECT_EQ(rope.posted_text, "2026-10-03T10:00:00Z");
  ASSERT_TRUE(rope.salary);
  EXPECT_EQ(rope.salary->min, 45000);
  EXPECT_EQ(rope.salary->max, 75000);
  EXPECT_EQ(rope.salary->currency, "USD");
  EXPECT_EQ(rope.salary->period, "YEAR");
}

TEST(GreenhouseAdapterTest, PayRanges_AreReadFromEachJob) {
  Crawl crawl("greenhouse", std::string(kBoard) + "?content=true");
  crawl.source.options = {{"pay_ranges", true}};
  crawl.fetcher.Page(std::string(kBoard) + "?content=true", TestData("greenhouse_jobs.json"));
  crawl.fetcher.Page(std::string(kBoard) + "/501?pay_transparency=true",
                     TestData("greenhouse_job_501.json"));
  const auto outcome = crawl.Run();
  EXPECT_EQ(outcome.kind, OutcomeKind::kOk) << outcome.message;
  const auto kite = crawl.sink.Titled("Kite Designer");
  ASSERT_TRUE(kite.salary);
  EXPECT_EQ(kite.salary->min, 20);
  EXPECT_EQ(kite.salary->max, 25.5);
  EXPECT_EQ(kite.salary->period, "HOUR");
}

TEST(GreenhouseAdapterTest, OtherAnswers) {
  const std::string url = std::string(kBoard) + "?content=true";
  const auto kind = [&](const char* body) {
    Crawl crawl("greenhouse", kBoard);
    crawl.fetcher.Page(url, body);
    return crawl.Run().kind;
  };
  EXPECT_EQ(kind("{\"jobs\":[],\"meta\":{\"total\":0}}"), OutcomeKind::kEmpty);
  EXPECT_EQ(kind("{\"positions\":[]}"), OutcomeKind::kSchemaChanged);
  EXPECT_EQ(kind("<html>oops</html>"), OutcomeKind::kSchemaChanged);
  EXPECT_EQ(kind("{\"jobs\":[7]}"), OutcomeKind::kSchemaChanged);
  EXPECT_EQ(kind("{\"jobs\":[{\"id\":1,\"title\":\"A\"}]}"), OutcomeKind::kSchemaChanged);
  Crawl unknown("greenhouse", kBoard);
  const auto outcome = unknown.Run();
  EXPECT_EQ(outcome.kind, OutcomeKind::kUnreachable);
  EXPECT_THAT(outcome.message, HasSubstr("404"));
}

}  // namespace
}  // namespace jobmesh::scraper::sources
