// Whole runs over the sample board by HTTP: a board that fails in every way, a process that is
// killed again and again.
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "scraper_migrations.h"

#include "runtime/testing/postgres_fixture.h"
#include "runtime/testing/wait_for.h"
#include "scraper-service/crawl/crawler.h"
#include "scraper-service/fetch/http_fetcher.h"
#include "tests/support/sample_board/sample_board.h"

namespace jobmesh::scraper {
namespace {

using jobmesh::testing::FailureMode;
using jobmesh::testing::SampleBoard;
using runtime::testing::WaitFor;

constexpr absl::Duration kCrawlDelay = absl::Milliseconds(20);

sources::SourceConfig Source(const std::string& board, const char* name, const char* adapter,
                             const char* path) {
  sources::SourceConfig config;
  config.name = name;
  config.adapter = adapter;
  config.url = board + path;
  config.max_pages = 1000;
  return config;
}

// A process of the service that crawls the board.
struct BoardReplica {
  BoardReplica(const std::string& database, const std::string& board, absl::Duration lease)
      : pool({.url = database, .max_connections = 8}, metrics),
        postings(pool),
        sources(pool),
        skills(pool),
        vocabulary(skills, "Bread\ttool\tany\n"),
        pages(sources),
        fetcher(Settings(), clock, resolver, &pages, fetch::MakeRandom()),
        crawler({Source(board, "jsonld", "jsonld", "/jsonld/sitemap.xml"),
                 Source(board, "feed", "rss", "/feed/jobs.rss"),
                 Source(board, "lever", "lever", "/apis/lever/v0/postings/sample")},
                {.sources = sources,
                 .postings = postings,
                 .pages = pages,
                 .fetcher = fetcher,
                 .vocabulary = vocabulary,
                 .on_change = [] {},
                 .lease = lease},
                4, metrics) {
    EXPECT_TRUE(crawler.Start().ok());
  }

  static fetch::FetchSettings Settings() {
    fetch::FetchSettings settings;
    settings.allowed = *fetch::ParseNetworks("127.0.0.0/8");
    settings.SetTimeoutSeconds(1);
    settings.SetTries(3);
    settings.backoff_base = std::chrono::milliseconds(50);
    settings.host.max_delay = std::chrono::milliseconds(200);
    return settings;
  }

  prometheus::Registry metrics;
  runtime::postgres::Pool pool;
  PostingRepository postings;
  SourceRepository sources;
  SkillRepository skills;
  VocabularyKeeper vocabulary;
  PageMemory pages;
  fetch::SystemClock clock;
  fetch::SystemResolver resolver;
  fetch::HttpFetcher fetcher;
  Crawler crawler;
};

struct Requested {
  double start_ms = 0;
  double end_ms = 0;
  int status = 0;
  std::string path;
};

std::vector<Requested> Log(SampleBoard& board) {
  std::vector<Requested> log;
  std::istringstream lines(board.log().JsonLines(0));
  for (std::string line; std::getline(lines, line);) {
    const auto entry = nlohmann::json::parse(line);
    const double start = entry["at_ms"].get<double>();
    log.push_back({start, start + entry["duration_ms"].get<double>(), entry["status"].get<int>(),
                   entry["path"].get<std::string>()});
  }
  std::ranges::sort(log, {}, &Requested::start_ms);
  return log;
}

class CrawlBoardTest : public ::testing::Test {
 protected:
  void SetUp() override {
    JOBMESH_REQUIRE_TEST_DATABASE();
    database_ = std::make_unique<runtime::testing::TestDatabase>(kMigrations);
    pool_ = std::make_unique<runtime::postgres::Pool>(
        runtime::postgres::PoolOptions{.url = database_->url(), .max_connections = 2}, metrics_);
    sources_ = std::make_unique<SourceRepository>(*pool_);
  }

  int Count(const std::string& sql) {
    auto result = pool_->ExecuteText(sql);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? (*result)[0][0].as<int>() : -1;
  }
  int Stored(const std::string& source) {
    return Count(absl::StrCat("SELECT count(*) FROM posting WHERE source = '", source, "'"));
  }
  jobmesh::scraping::v1::Run RunOf(BoardReplica& replica, const std::string& source) {
    const std::string asked = sources_->RequestRun(source).value();
    replica.crawler.Wake();
    std::optional<jobmesh::scraping::v1::Run> run;
    EXPECT_TRUE(WaitFor(
        [&] {
          run = sources_->FinishedRun(source, asked).value_or(std::nullopt);
          return run.has_value();
        },
        absl::Seconds(90)));
    return run.value_or(jobmesh::scraping::v1::Run());
  }
  void ExpectNothingTwice(int postings) {
    EXPECT_EQ(Count("SELECT count(*) FROM (SELECT DISTINCT source, native_id FROM posting) p"),
              Count("SELECT count(*) FROM posting"));
    EXPECT_EQ(Stored("jsonld"), postings);
    EXPECT_EQ(Count("SELECT count(*) FROM posting WHERE NOT open"), 0);
    // One change a posting: what came again was known.
    EXPECT_EQ(Count("SELECT count(*) FROM outbox o JOIN posting p USING (posting_id) "
                    "WHERE p.source = 'jsonld' AND o.kind = 1"),
              postings);
  }

  prometheus::Registry metrics_;
  std::unique_ptr<runtime::testing::TestDatabase> database_;
  std::unique_ptr<runtime::postgres::Pool> pool_;
  std::unique_ptr<SourceRepository> sources_;
};

TEST_F(CrawlBoardTest, BoardThatFailsInEveryWay_IsStoredOnceInTheEnd) {
  constexpr int kPostings = 60;
  SampleBoard board({.seed = 11,
                     .postings_per_board = kPostings,
                     .crawl_delay = absl::ToChronoMilliseconds(kCrawlDelay)});
  ASSERT_TRUE(board.Start().ok());
  board.failures().Set("jsonld",
                       {.mode = FailureMode::kAny, .share = 0.3, .retry_after_seconds = 1});
  {
    BoardReplica replica(database_->url(), board.url(), absl::Seconds(20));
    std::set<std::string> outcomes;
    for (int round = 0; round < 8 && Stored("jsonld") < kPostings; ++round) {
      const auto run = RunOf(replica, "jsonld");
      outcomes.insert(run.outcome());
      EXPECT_EQ(run.closed(), 0);
      // What failed is told.
      EXPECT_EQ(run.message().find("first failure") == std::string::npos, run.failed() == 0)
          << run.message();
      EXPECT_NE(run.outcome() == "ok", run.failed() > 0) << run.message();
    }
    EXPECT_TRUE(outcomes.contains("partial")) << *outcomes.begin();
    // The other sources of the same host had nothing of it.
    for (const char* source : {"feed", "lever"}) {
      EXPECT_EQ(RunOf(replica, source).outcome(), "ok") << source;
      EXPECT_EQ(Stored(source), kPostings) << source;
    }
    board.failures().Set("jsonld", {});
    const auto last = RunOf(replica, "jsonld");
    EXPECT_EQ(last.outcome(), "ok") << last.message();
  }
  ExpectNothingTwice(kPostings);

  const std::vector<Requested> log = Log(board);
  constexpr size_t kSpan = 20;
  const double least = absl::ToDoubleMilliseconds(kCrawlDelay) * kSpan;
  for (size_t i = 0; i < log.size(); ++i) {
    EXPECT_FALSE(log[i].path.starts_with("/jsonld/private/")) << "robots.txt forbids it";
    // Over many requests, as a busy machine moves single ones about.
    if (i >= kSpan) {
      EXPECT_GE(log[i].start_ms - log[i - kSpan].start_ms, least * 0.8) << i;
    }
  }
  int refused = 0;
  int within_pause = 0;
  for (const Requested& answer : log) {
    if (answer.status != 429) continue;
    ++refused;
    // The other request that was under way may still arrive.
    within_pause += static_cast<int>(std::ranges::count_if(log, [&](const Requested& later) {
      return later.start_ms > answer.end_ms + 250 && later.start_ms < answer.end_ms + 900;
    }));
  }
  EXPECT_LE(within_pause, 1) << "of " << refused << " answers with Retry-After: 1";
}

// The process that the test below starts and kills.
TEST(CrawlBoardProcess, CrawlsUntilKilled) {
  if (getenv("CRAWL_DATABASE") == nullptr) {
    GTEST_SKIP() << "runs only as a child of ProcessKilledTenTimes";
  }
  BoardReplica replica(getenv("CRAWL_DATABASE"), getenv("CRAWL_BOARD"), absl::Seconds(2));
  alarm(120);  // ends it should its parent die
  pause();
}

pid_t StartProcess(const std::string& database, const std::string& board) {
  std::vector<std::string> settings = {"CRAWL_DATABASE=" + database, "CRAWL_BOARD=" + board};
  std::vector<char*> environment;
  for (char** setting = environ; *setting != nullptr; ++setting) {
    environment.push_back(*setting);
  }
  for (std::string& setting : settings) {
    environment.push_back(setting.data());
  }
  environment.push_back(nullptr);
  std::string name = "crawl_board_test";
  std::string filter = "--gtest_filter=CrawlBoardProcess.*";
  std::string brief = "--gtest_brief=1";
  char* arguments[] = {name.data(), filter.data(), brief.data(), nullptr};
  pid_t child = -1;
  posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, arguments, environment.data());
  return child;
}

TEST_F(CrawlBoardTest, ProcessKilledTenTimes_GoesOnAndLosesNothing) {
  constexpr int kPostings = 700;
  constexpr int kKills = 10;
  SampleBoard board({.seed = 12,
                     .postings_per_board = kPostings,
                     .crawl_delay = absl::ToChronoMilliseconds(kCrawlDelay)});
  ASSERT_TRUE(board.Start().ok());
  int pages = 0;
  for (int kill_number = 0; kill_number < kKills; ++kill_number) {
    const pid_t child = StartProcess(database_->url(), board.url());
    ASSERT_GT(child, 0);
    // Some more pages each time, so that all kills fall into the run.
    EXPECT_TRUE(WaitFor(
        [&] { return Count("SELECT count(*) FROM run_page WHERE source = 'jsonld'") > pages; },
        absl::Seconds(60)));
    kill(child, SIGKILL);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
    pages = Count("SELECT count(*) FROM run_page WHERE source = 'jsonld'");
  }
  EXPECT_LT(pages, kPostings);
  {
    BoardReplica replica(database_->url(), board.url(), absl::Seconds(2));
    EXPECT_TRUE(WaitFor(
        [&] {
          const auto states = sources_->List().value();
          const auto& state = states.at("jsonld");
          return state.has_last_run() && !state.running();
        },
        absl::Seconds(90)));
    EXPECT_EQ(sources_->List().value().at("jsonld").last_run().outcome(), "ok");
  }
  ExpectNothingTwice(kPostings);
  EXPECT_EQ(Count("SELECT count(*) FROM run_page WHERE source = 'jsonld'"), 0);
  std::map<std::string, int> asked;
  int most = 0;
  for (const Requested& request : Log(board)) {
    if (request.path.find("/jsonld/jobs/") != std::string::npos) ++asked[request.path];
  }
  int requests = 0;
  for (const auto& [path, count] : asked) {
    requests += count;
    most = std::max(most, count);
  }
  RecordProperty("pages_at_last_kill", pages);
  RecordProperty("detail_requests", requests);
  EXPECT_EQ(asked.size(), static_cast<size_t>(kPostings));
  // What a kill repeats is a second's worth of pages; from the beginning each time it would be
  // thousands.
  EXPECT_LE(requests, kPostings + kKills * 70) << "most for one page: " << most;
}

}  // namespace
}  // namespace jobmesh::scraper
