#include "scraper-service/sources/rabota_adapter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scraper-service/sources/crawl_fixture.h"

namespace jobmesh::scraper::sources {
namespace {

using ::testing::HasSubstr;

constexpr char kList[] = "https://rabota.example/ro/vacancies/category/it";
constexpr char kJobs[] = "https://rabota.example/ro/locuri-de-munca/";

struct BoardCrawl : Crawl {
  BoardCrawl() : Crawl("rabota", kList) {
    fetcher.Page(std::string(kList) + "/1", TestData("rabota_list_1.html"));
    fetcher.Page(std::string(kList) + "/2", TestData("rabota_list_empty.html"));
    fetcher.Page(std::string(kJobs) + "programator-c/40071", TestData("rabota_40071.html"));
    fetcher.Page(std::string(kJobs) + "tester/40072", TestData("rabota_40072.html"));
  }
};

TEST(RabotaAdapterTest, Facts_AreFoundByTheirHeadings) {
  BoardCrawl crawl;
  const auto outcome = crawl.Run();
  EXPECT_EQ(outcome.kind, OutcomeKind::kOk) << outcome.message;
  EXPECT_TRUE(outcome.complete);
  const auto posting = crawl.sink.Titled("Programator C++");
  EXPECT_EQ(posting.native_id, "40071");
  EXPECT_EQ(posting.company, "Izvor Soft");
  EXPECT_EQ(posting.location, "Chișinău");
  EXPECT_EQ(posting.experience_text, "De la 2 la 5 ani");
  EXPECT_EQ(posting.salary_text, "1 500 - 2 000 €");
  EXPECT_EQ(posting.employment_type_text, "Normă întreagă");
  EXPECT_EQ(posting.posted_text, "01.10.2026");
  EXPECT_EQ(posting.description, "<p>Scriem <b>C++</b>.</p>");
}

TEST(RabotaAdapterTest, JsonLd_FillsInWhenTheLayoutIsUnknown) {
  BoardCrawl crawl;
  crawl.Run();
  const auto posting = crawl.sink.Titled("Tester");
  EXPECT_EQ(posting.company, "Nord Lab");
  EXPECT_EQ(posting.native_id, "40072");
  EXPECT_EQ(posting.posted_text, "2026-10-02");
}

TEST(RabotaAdapterTest, MissingLastPageAndRepeatedPage_EndTheListing) {
  BoardCrawl crawl;
  crawl.fetcher.Page(std::string(kList) + "/2", TestData("rabota_list_1.html"));
  EXPECT_EQ(crawl.Run().kind, OutcomeKind::kOk);
  Crawl numbered("rabota", std::string(kList) + "/2");
  numbered.fetcher.Page(std::string(kList) + "/2", TestData("rabota_list_1.html"));
  numbered.fetcher.Page(std::string(kJobs) + "tester/40072", TestData("rabota_40072.html"));
  EXPECT_EQ(numbered.Run().parsed, 1);
  Crawl gone("rabota", std::string(kList) + "/{page}");
  gone.fetcher.Page(std::string(kList) + "/1", TestData("rabota_list_1.html"));
  gone.fetcher.Page(std::string(kJobs) + "tester/40072", TestData("rabota_40072.html"));
  const auto outcome = gone.Run();
  EXPECT_EQ(outcome.kind, OutcomeKind::kOk) << outcome.message;
  EXPECT_EQ(outcome.parsed, 1);
  EXPECT_EQ(outcome.skipped, 1);
}

TEST(RabotaAdapterTest, ChangedPages_AreNoticed) {
  Crawl list("rabota", kList);
  list.fetcher.Page(std::string(kList) + "/1", "<html><body><div>New design</div></body></html>");
  EXPECT_EQ(list.Run().kind, OutcomeKind::kSchemaChanged);

  Crawl empty("rabota", kList);
  empty.fetcher.Page(std::string(kList) + "/1", TestData("rabota_list_empty.html"));
  EXPECT_EQ(empty.Run().kind, OutcomeKind::kEmpty);

  BoardCrawl detail;
  detail.fetcher.Page(std::string(kJobs) + "tester/40072", "<html><body>?</body></html>");
  const auto outcome = detail.Run();
  EXPECT_EQ(outcome.kind, OutcomeKind::kPartial);
  EXPECT_THAT(outcome.samples, testing::ElementsAre(HasSubstr("40072")));
}

}  // namespace
}  // namespace jobmesh::scraper::sources
