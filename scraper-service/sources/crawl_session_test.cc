#include "scraper-service/sources/crawl_session.h"

#include <algorithm>
#include <atomic>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scraper-service/sources/crawl_fixture.h"

namespace jobmesh::scraper::sources {
namespace {

RawPosting Posting(const std::string& title) {
  RawPosting posting;
  posting.title = title;
  posting.url = "https://x.example/" + title;
  return posting;
}

TEST(CrawlSessionTest, FetchEach_HandsEveryPageOverOnce_OneAtATime) {
  Crawl crawl("rss", "https://x.example/");
  crawl.context.cancel = &crawl.cancel;
  crawl.context.parallel_fetches = 8;
  std::vector<std::string> urls;
  for (int i = 0; i < 200; ++i) {
    urls.push_back("https://x.example/" + std::to_string(i));
    crawl.fetcher.Page(urls.back(), "body");
  }
  CrawlSession session(crawl.source, crawl.fetcher, crawl.sink, crawl.context);
  std::atomic<int> inside = 0;
  session.FetchEach(urls, "*/*", [&](const fetch::FetchResult& page) {
    EXPECT_EQ(++inside, 1);
    session.Accept(page, Posting(page.final_url));
    --inside;
  });
  EXPECT_EQ(crawl.sink.postings.size(), 200u);
  auto pages = crawl.sink.pages;
  std::sort(pages.begin(), pages.end());
  EXPECT_EQ(std::unique(pages.begin(), pages.end()), pages.end());
  EXPECT_EQ(session.Finish().kind, OutcomeKind::kOk);
}

TEST(CrawlSessionTest, BlockedPagesOnly_AreBlocked_AndSamplesAreFewAndShort) {
  Crawl crawl("rss", "https://x.example/");
  crawl.context.cancel = &crawl.cancel;
  std::vector<std::string> urls;
  for (int i = 0; i < 20; ++i) {
    urls.push_back("https://x.example/" + std::to_string(i));
    crawl.fetcher.Fail(urls.back(), absl::PermissionDeniedError(std::string(1000, 'x')));
  }
  CrawlSession session(crawl.source, crawl.fetcher, crawl.sink, crawl.context);
  session.FetchEach(urls, "*/*", [](const fetch::FetchResult&) {});
  const auto outcome = session.Finish();
  EXPECT_EQ(outcome.kind, OutcomeKind::kBlocked);
  EXPECT_EQ(outcome.failed, 20);
  EXPECT_EQ(outcome.samples.size(), 5u);
  EXPECT_LT(outcome.samples[0].size(), 320u);
}

TEST(CrawlSessionTest, SomeFailures_ArePartial) {
  Crawl crawl("rss", "https://x.example/");
  crawl.context.cancel = &crawl.cancel;
  crawl.fetcher.Page("https://x.example/a", "body");
  crawl.fetcher.Fail("https://x.example/b", absl::DeadlineExceededError("slow"));
  CrawlSession session(crawl.source, crawl.fetcher, crawl.sink, crawl.context);
  session.FetchEach({"https://x.example/a", "https://x.example/b"}, "*/*",
                    [&](const fetch::FetchResult& page) { session.Accept(page, Posting("a")); });
  const auto outcome = session.Finish();
  EXPECT_EQ(outcome.kind, OutcomeKind::kPartial);
  EXPECT_FALSE(outcome.complete);
  EXPECT_EQ(OutcomeName(outcome.kind), "partial");
}

TEST(CrawlSessionTest, FailedPage_GetsOneMoreChanceOnceTheHostHasAnswered) {
  Crawl crawl("rss", "https://x.example/");
  crawl.context.cancel = &crawl.cancel;
  crawl.context.parallel_fetches = 1;
  crawl.fetcher.Page("https://x.example/b", "body");
  crawl.fetcher.Fail("https://x.example/a", absl::UnavailableError("answered 503"));
  crawl.fetcher.Fail("https://x.example/c", absl::UnavailableError("answered 503"));
  CrawlSession session(crawl.source, crawl.fetcher, crawl.sink, crawl.context);
  session.FetchEach({"https://x.example/a", "https://x.example/b", "https://x.example/c"}, "*/*",
                    [](const fetch::FetchResult&) {});
  EXPECT_THAT(crawl.fetcher.asked(),
              testing::ElementsAre("https://x.example/a", "https://x.example/b",
                                   "https://x.example/c", "https://x.example/c"));
  EXPECT_EQ(session.Finish().failed, 2);
}

TEST(ResumedRunTest, PagesFoundBefore_AreNotFetchedAgain) {
  class ResumedSink : public PostingSink {
   public:
    absl::Status Accept(const std::string&, RawPosting posting) override {
      titles.push_back(posting.title);
      return absl::OkStatus();
    }
    void Unchanged(const std::string& page_url) override { unchanged.push_back(page_url); }
    void PageDone(const std::string& url, const std::string&) override { done.push_back(url); }
    std::string FoundBefore(const std::string& url) const override {
      return url == "https://b/1" ? "https://b/one" : "";
    }
    std::vector<std::string> titles, unchanged, done;
  };
  SourceConfig source;
  FakeFetcher fetcher;
  fetcher.Page("https://b/2", "two");
  ResumedSink sink;
  fetch::CancelToken cancel;
  CrawlContext context{.cancel = &cancel};
  CrawlSession session(source, fetcher, sink, context);
  session.FetchEach({"https://b/1", "https://b/2"}, "*/*", [&](const fetch::FetchResult& page) {
    RawPosting posting;
    posting.title = page.body_utf8;
    posting.url = page.final_url;
    session.Accept(page, std::move(posting));
  });
  const auto outcome = session.Finish();
  EXPECT_EQ(outcome.kind, OutcomeKind::kOk) << outcome.message;
  EXPECT_EQ(outcome.unchanged, 1);
  EXPECT_EQ(fetcher.asked(), std::vector<std::string>{"https://b/2"});
  EXPECT_EQ(sink.unchanged, std::vector<std::string>{"https://b/one"});
  EXPECT_EQ(sink.done, std::vector<std::string>{"https://b/2"});
}

}  // namespace
}  // namespace jobmesh::scraper::sources
