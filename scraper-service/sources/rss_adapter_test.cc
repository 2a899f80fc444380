#include "scraper-service/sources/rss_adapter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scraper-service/sources/crawl_fixture.h"

namespace jobmesh::scraper::sources {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct FeedCrawl : Crawl {
  explicit FeedCrawl(const std::string& file) : Crawl("rss", "https://feed.example/feed") {
    fetcher.Page("https://feed.example/feed", TestData(file));
  }
};

TEST(RssAdapterTest, Rss_IsReadWithCompanyFromTheTitle) {
  FeedCrawl crawl("feed.rss");
  crawl.source.options = {{"title_form", "company: title"}};
  const auto outcome = crawl.Run();
  EXPECT_EQ(outcome.kind, OutcomeKind::kPartial);  // one item has no title
  EXPECT_EQ(outcome.parsed, 2);
  EXPECT_EQ(outcome.failed, 1);
  ASSERT_EQ(crawl.sink.postings.size(), 2u);
  const auto& first = crawl.sink.postings[0];
  EXPECT_EQ(first.company, "Blue Lamp");
  EXPECT_EQ(first.title, "Backend Developer (Go: remote)");
  EXPECT_EQ(first.native_id, "lamp-1");
  EXPECT_EQ(first.url, "https://feed.example/jobs/1");
  EXPECT_EQ(first.location, "Anywhere in Europe");
  EXPECT_EQ(first.employment_type_text, "Full-Time");
  EXPECT_EQ(first.posted_text, "Thu, 01 Oct 2026 10:00:00 +0000");
  EXPECT_EQ(first.description, "<p>Write <em>Go</em>.</p>");
  EXPECT_EQ(first.description_format, RawPosting::Format::kHtml);
  EXPECT_THAT(first.tags, ElementsAre("Programming"));
  const auto& second = crawl.sink.postings[1];
  EXPECT_EQ(second.title, "Инженер");
  EXPECT_EQ(second.company, "Северный Ветер");
  EXPECT_EQ(second.url, "https://feed.example/jobs/2");
  EXPECT_THAT(second.description, HasSubstr("Полный текст"));
}

TEST(RssAdapterTest, Atom_IsRead) {
  FeedCrawl crawl("feed.atom");
  crawl.source.options = {{"title_form", "title at company"}};
  const auto outcome = crawl.Run();
  EXPECT_EQ(outcome.kind, OutcomeKind::kOk) << outcome.message;
  ASSERT_EQ(crawl.sink.postings.size(), 1u);
  const auto& posting = crawl.sink.postings[0];
  EXPECT_EQ(posting.title, "Data Analyst");
  EXPECT_EQ(posting.company, "Quiet Hill");
  EXPECT_EQ(posting.native_id, "urn:job:9");
  EXPECT_EQ(posting.url, "https://feed.example/jobs/9");
  EXPECT_EQ(posting.location, "Lyon");
  EXPECT_EQ(posting.posted_text, "2026-10-01T08:00:00Z");
  EXPECT_THAT(posting.tags, ElementsAre("SQL"));
  EXPECT_THAT(posting.description, HasSubstr("<p>Count <b>things</b>.</p>"));
}

TEST(RssAdapterTest, Outcomes) {
  Crawl html("rss", "https://feed.example/feed");
  html.fetcher.Page("https://feed.example/feed", "<html><body>Sorry</body></html>");
  EXPECT_EQ(html.Run().kind, OutcomeKind::kSchemaChanged);

  Crawl empty("rss", "https://feed.example/feed");
  empty.fetcher.Page("https://feed.example/feed", "<rss version='2.0'><channel/></rss>");
  const auto nothing = empty.Run();
  EXPECT_EQ(nothing.kind, OutcomeKind::kEmpty);
  EXPECT_FALSE(nothing.complete);

  Crawl down("rss", "https://feed.example/feed");
  down.fetcher.Fail("https://feed.example/feed", absl::UnavailableError("no connection"));
  EXPECT_EQ(down.Run().kind, OutcomeKind::kUnreachable);

  Crawl blocked("rss", "https://feed.example/feed");
  blocked.fetcher.Fail("https://feed.example/feed", fetch::RobotsRefusal("robots.txt forbids"));
  const auto refused = blocked.Run();
  EXPECT_EQ(refused.kind, OutcomeKind::kBlocked);
  EXPECT_THAT(refused.message, HasSubstr("robots.txt forbids"));

  Crawl unchanged("rss", "https://feed.example/feed");
  unchanged.fetcher.NotModified("https://feed.example/feed");
  const auto same = unchanged.Run();
  EXPECT_EQ(same.kind, OutcomeKind::kOk);
  EXPECT_TRUE(same.complete);
  EXPECT_THAT(unchanged.sink.unchanged, ElementsAre("https://feed.example/feed"));
}

TEST(RssAdapterTest, CutFeed_IsPartialAndNotRemembered) {
  Crawl crawl("rss", "https://feed.example/feed");
  const std::string feed = TestData("feed.rss");
  crawl.fetcher.Page("https://feed.example/feed", feed.substr(0, feed.find("<item><link>") + 20));
  const auto outcome = crawl.Run();
  EXPECT_EQ(outcome.kind, OutcomeKind::kPartial);
  EXPECT_GE(outcome.parsed, 2);
  EXPECT_FALSE(outcome.complete);
  EXPECT_TRUE(crawl.fetcher.remembered().empty());
}

TEST(RssAdapterTest, EntityAttacks_AreRefused) {
  FeedCrawl crawl("billion_laughs.xml");
  EXPECT_EQ(crawl.Run().kind, OutcomeKind::kSchemaChanged);
  EXPECT_TRUE(crawl.sink.postings.empty());
}

TEST(RssAdapterTest, FailingSinkAndCancel_EndTheRun) {
  FeedCrawl crawl("feed.rss");
  crawl.sink.fail_after = 1;
  const auto outcome = crawl.Run();
  EXPECT_EQ(outcome.kind, OutcomeKind::kPartial);
  EXPECT_EQ(outcome.parsed, 1);
  EXPECT_THAT(outcome.message, HasSubstr("the database is away"));
  EXPECT_TRUE(crawl.fetcher.remembered().empty());

  FeedCrawl cancelled("feed.rss");
  cancelled.cancel.Cancel();
  EXPECT_EQ(cancelled.Run().kind, OutcomeKind::kPartial);
  EXPECT_TRUE(cancelled.sink.postings.empty());
}

}  // namespace
}  // namespace jobmesh::scraper::sources
