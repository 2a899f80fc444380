// Every API adapter over HTTP, against the sample board that plays these APIs with their quirks.
#include <set>

#include <gtest/gtest.h>

#include "scraper-service/fetch/http_fetcher.h"
#include "scraper-service/sources/crawl_fixture.h"
#include "tests/support/sample_board/sample_board.h"

namespace jobmesh::scraper::sources {
namespace {

struct Format {
  const char* adapter;
  const char* path;  // of the sample board
  int hidden;        // postings that are no postings, or not listed
};

// Numbers of the 125 postings end in every digit alike, with one more for 1 to 5.
constexpr Format kFormats[] = {
    {"lever", "/apis/lever/v0/postings/sample", 0},
    {"ashby", "/apis/ashby/posting-api/job-board/sample", 12},
    {"workable", "/apis/workable/api/accounts/sample", 0},
    {"smartrecruiters", "/apis/smartrecruiters/v1/companies/sample/postings", 0},
    {"remotive", "/apis/remotive/api/remote-jobs", 0},
    {"remoteok", "/apis/remoteok/api", 0},
    {"arbeitnow", "/apis/arbeitnow/api/job-board-api", 0},
    {"adzuna",
     "/apis/adzuna/v1/api/jobs/gb/search/{page}?app_id=1&app_key=secret&results_per_page=50", 0},
    {"usajobs", "/apis/usajobs/api/Search?Keyword=all", 0},
    {"hn_hiring", "/apis/hn/api/v1/search_by_date?tags=story,author_whoishiring", 25},
};

class FormatsBoardTest : public ::testing::TestWithParam<Format> {
 protected:
  static constexpr int kPostings = 125;

  FormatsBoardTest() : board_({.seed = 5, .postings_per_board = kPostings}) {
    fetch::FetchSettings settings;
    settings.allowed = *fetch::ParseNetworks("127.0.0.0/8");
    settings.SetTries(1);
    fetcher_ = std::make_unique<fetch::HttpFetcher>(std::move(settings), clock_, resolver_, nullptr,
                                                    fetch::MakeRandom());
  }
  void SetUp() override { ASSERT_TRUE(board_.Start().ok()); }

  Outcome Run(const Format& format) {
    SourceConfig source;
    source.name = "test";
    source.adapter = format.adapter;
    source.url = board_.url() + format.path;
    source.options = {{"company", "Sample Works"}};  // where the API does not say it
    source.headers = {{"Authorization-Key", "secret"}};
    source.max_pages = 1000;
    CrawlContext context{.cancel = &cancel_};
    return MakeAdapter(format.adapter)->Crawl(source, *fetcher_, sink_, context);
  }

  testing::SampleBoard board_;
  fetch::SystemClock clock_;
  fetch::SystemResolver resolver_;
  std::unique_ptr<fetch::HttpFetcher> fetcher_;
  fetch::CancelToken cancel_;
  KeepingSink sink_;
};

TEST_P(FormatsBoardTest, WholeBoard_IsReadOnceAndInFull) {
  const Outcome outcome = Run(GetParam());
  EXPECT_EQ(outcome.kind, OutcomeKind::kOk) << outcome.message;
  EXPECT_TRUE(outcome.complete);
  EXPECT_EQ(outcome.parsed, kPostings - GetParam().hidden);
  std::set<std::string> ids;
  for (const RawPosting& posting : sink_.postings) {
    EXPECT_TRUE(ids.insert(posting.native_id).second) << posting.native_id;
    EXPECT_FALSE(posting.title.empty() || posting.company.empty() || posting.url.empty() ||
                 posting.description.empty() || !posting.posted_text)
        << posting.native_id;
    EXPECT_EQ(posting.title.find("<strong>"), std::string::npos);
    if (posting.salary) {
      EXPECT_GT(posting.salary->min.value_or(0), 0) << posting.native_id;
      EXPECT_FALSE(posting.salary->currency.empty());
    }
  }
}

TEST_P(FormatsBoardTest, BoardThatRefuses_IsBlocked) {
  board_.failures().Set("apis", {.mode = testing::FailureMode::kChallenge});
  const Outcome outcome = Run(GetParam());
  EXPECT_EQ(outcome.kind, OutcomeKind::kBlocked) << outcome.message;
  EXPECT_FALSE(outcome.complete);
  EXPECT_TRUE(sink_.postings.empty());
}

INSTANTIATE_TEST_SUITE_P(AllFormats, FormatsBoardTest, ::testing::ValuesIn(kFormats),
                         [](const auto& info) { return std::string(info.param.adapter); });

}  // namespace
}  // namespace jobmesh::scraper::sources
