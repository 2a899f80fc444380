#include "scraper-service/crawl/crawler.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <future>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "scraper_migrations.h"

#include "runtime/testing/postgres_fixture.h"
#include "runtime/testing/wait_for.h"
#include "scraper-service/crawl/source_service.h"

namespace jobmesh::scraper {
namespace {

using runtime::rpc::CallContext;
using runtime::testing::WaitFor;

// Job boards with one page each, in Greenhouse's format.
class Boards {
 public:
  void Show(const std::string& url, std::set<std::string> titles) {
    absl::MutexLock lock(&mutex_);
    titles_[url] = std::move(titles);
  }
  // Any answer of an API, as it is.
  void Serve(const std::string& url, std::string body) {
    absl::MutexLock lock(&mutex_);
    bodies_[url] = std::move(body);
  }
  void Fail(const std::string& url) {
    absl::MutexLock lock(&mutex_);
    failing_.insert(url);
  }
  // Answers made from now on are held back until Release.
  void Hold() {
    absl::MutexLock lock(&mutex_);
    held_ = true;
  }
  void Release() {
    absl::MutexLock lock(&mutex_);
    held_ = false;
  }
  bool held() const {
    absl::MutexLock lock(&mutex_);
    return held_;
  }
  int asked(const std::string& url) const {
    absl::MutexLock lock(&mutex_);
    const auto it = asked_.find(url);
    return it == asked_.end() ? 0 : it->second;
  }

  absl::StatusOr<fetch::FetchResult> Answer(const std::string& url) {
    absl::MutexLock lock(&mutex_);
    ++asked_[url];
    if (failing_.contains(url)) {
      return absl::UnavailableError("no connection");
    }
    fetch::FetchResult result{.status = 200, .final_url = url, .tries = 1};
    nlohmann::json jobs = nlohmann::json::array();
    for (const std::string& title : titles_[url]) {
      jobs.push_back({{"id", title},
                      {"title", title},
                      {"absolute_url", absl::StrCat(url, "/", title)},
                      {"company_name", "Crust & Crumb"},
                      {"content", absl::StrCat("A ", title, " wanted by ", url)}});
    }
    const auto body = bodies_.find(url);
    result.body_utf8 = body == bodies_.end() ? nlohmann::json{{"jobs", jobs}}.dump() : body->second;
    result.validators.etag = absl::StrCat(std::hash<std::string>()(result.body_utf8));
    return result;
  }

 private:
  mutable absl::Mutex mutex_;
  std::map<std::string, std::set<std::string>> titles_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::string> bodies_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> failing_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, int> asked_ ABSL_GUARDED_BY(mutex_);
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
};

// Fetches from the boards, and remembers pages as the real one does.
class BoardFetcher : public fetch::Fetcher {
 public:
  BoardFetcher(Boards& boards, fetch::ValidatorStore& memory) : boards_(boards), memory_(memory) {}

  absl::StatusOr<fetch::FetchResult> Get(std::string_view url,
                                         const fetch::FetchOptions& options) override {
    auto result = boards_.Answer(std::string(url));
    while (boards_.held() && !options.cancel->WaitFor(std::chrono::milliseconds(5))) {
    }
    if (options.cancel->cancelled()) {
      return absl::CancelledError("fetch cancelled");
    }
    if (result.ok() && options.conditional) {
      const auto known = memory_.Get(std::string(url));
      if (known && known->etag == result->validators.etag) {
        result->status = 304;
        result->not_modified = true;
        result->body_utf8.clear();
      }
    }
    return result;
  }
  void Remember(const fetch::FetchResult& result) override {
    memory_.Put(result.final_url, result.validators);
  }
  std::vector<std::string> Sitemaps(std::string_view, const fetch::FetchOptions&) override {
    return {};
  }

 private:
  Boards& boards_;
  fetch::ValidatorStore& memory_;
};

std::string UrlOf(const std::string& source) {
  return absl::StrCat("http://", source, ".test/jobs?content=true");
}

std::vector<sources::SourceConfig> Configs(const std::vector<std::string>& names) {
  std::vector<sources::SourceConfig> configs;
  for (const std::string& name : names) {
    sources::SourceConfig config;
    config.name = name;
    config.adapter = "greenhouse";
    config.url = UrlOf(name);
    configs.push_back(config);
  }
  return configs;
}

// What one process of the service has.
struct Replica {
  Replica(const std::string& url, Boards& boards, const std::vector<sources::SourceConfig>& configs)
      : pool({.url = url, .max_connections = 8}, metrics),
        postings(pool),
        sources(pool),
        skills(pool),
        vocabulary(skills, "Bread\ttool\tany\n"),
        pages(sources),
        fetcher(boards, pages),
        crawler(configs,
                {.sources = sources,
                 .postings = postings,
                 .pages = pages,
                 .fetcher = fetcher,
                 .vocabulary = vocabulary,
                 .on_change = [] {}},
                4, metrics),
        handlers(sources, crawler.sources(), [this] { crawler.Wake(); }) {
    EXPECT_TRUE(crawler.Start().ok());
  }

  prometheus::Registry metrics;
  runtime::postgres::Pool pool;
  PostingRepository postings;
  SourceRepository sources;
  SkillRepository skills;
  VocabularyKeeper vocabulary;
  PageMemory pages;
  BoardFetcher fetcher;
  Crawler crawler;
  SourceHandlers handlers;
};

class CrawlerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    JOBMESH_REQUIRE_TEST_DATABASE();
    database_ = std::make_unique<runtime::testing::TestDatabase>(kMigrations);
  }

  Replica& AddReplica(const std::vector<std::string>& names) {
    replicas_.push_back(std::make_unique<Replica>(database_->url(), boards_, Configs(names)));
    return *replicas_.back();
  }

  // Until every source has run once and none runs.
  static bool WaitForFirstRuns(Replica& replica, size_t count) {
    return WaitFor([&] {
      auto states = replica.sources.List();
      size_t done = 0;
      for (const auto& [name, source] : *states) {
        done += source.has_last_run() && !source.running() ? 1 : 0;
      }
      return done == count;
    });
  }

  static CallContext Call(absl::Duration timeout = absl::Seconds(20)) {
    return CallContext(CallContext::Builder{.deadline = absl::Now() + timeout});
  }

  static jobmesh::scraping::v1::Run Scrape(Replica& replica, const std::string& source) {
    jobmesh::scraping::v1::ScrapeSourceRequest request;
    request.set_source(source);
    auto response = replica.handlers.ScrapeSource(Call(), request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->run() : jobmesh::scraping::v1::Run();
  }

  static std::string One(Replica& replica, const std::string& sql) {
    auto result = replica.pool.ExecuteText(sql);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? (*result)[0][0].c_str() : "";
  }

  std::unique_ptr<runtime::testing::TestDatabase> database_;
  Boards boards_;
  std::vector<std::unique_ptr<Replica>> replicas_;
};

TEST_F(CrawlerTest, TwoReplicas_RunEachSourceOncePerRequest) {
  const std::vector<std::string> names = {"a", "b", "c", "d", "e", "f"};
  for (const std::string& name : names) {
    boards_.Show(UrlOf(name), {"Baker", "Cook"});
  }
  AddReplica(names);
  Replica& second = AddReplica(names);
  ASSERT_TRUE(WaitForFirstRuns(second, names.size()));
  auto response = second.handlers.Scrape(Call(), {});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->runs_size(), 6);
  for (const std::string& name : names) {
    EXPECT_EQ(boards_.asked(UrlOf(name)), 2) << name;
    EXPECT_EQ(response->runs().at(name).outcome(), "ok") << response->runs().at(name).message();
  }
  EXPECT_EQ(One(second, "SELECT count(*) FROM posting WHERE open"), "12");
}

TEST_F(CrawlerTest, RemovedPosting_IsClosedByTheNextCompleteRun) {
  boards_.Show(UrlOf("a"), {"Baker", "Cook"});
  Replica& replica = AddReplica({"a"});
  ASSERT_TRUE(WaitForFirstRuns(replica, 1));
  boards_.Show(UrlOf("a"), {"Cook", "Waiter"});
  const auto run = Scrape(replica, "a");
  EXPECT_EQ(run.closed(), 1);
  EXPECT_EQ(run.created(), 1);
  EXPECT_EQ(One(replica, "SELECT title FROM posting WHERE NOT open"), "Baker");
}

TEST_F(CrawlerTest, FailingSource_ClosesNothingAndHoldsUpNoOther) {
  boards_.Show(UrlOf("a"), {"Baker"});
  boards_.Show(UrlOf("b"), {"Cook"});
  Replica& replica = AddReplica({"a", "b"});
  ASSERT_TRUE(WaitForFirstRuns(replica, 2));
  boards_.Fail(UrlOf("a"));
  auto response = replica.handlers.Scrape(Call(), {});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->runs().at("a").outcome(), "unreachable");
  EXPECT_EQ(response->runs().at("b").outcome(), "ok");
  EXPECT_EQ(One(replica, "SELECT count(*) FROM posting WHERE open"), "2");
  auto states = replica.sources.List();
  ASSERT_TRUE(states.ok());
  const auto& failed = states->at("a");
  EXPECT_EQ(failed.last_run().outcome(), "unreachable");
  EXPECT_EQ(failed.last_run().failed(), 1);
  EXPECT_EQ(failed.last_run().samples_size(), 1);
  EXPECT_LT(
      failed.last_success_time().seconds() * 1'000'000'000 + failed.last_success_time().nanos(),
      failed.last_run().end_time().seconds() * 1'000'000'000 +
          failed.last_run().end_time().nanos());
}

TEST_F(CrawlerTest, UnchangedBoard_IsAskedConditionallyAndWritesNothing) {
  boards_.Show(UrlOf("a"), {"Baker", "Cook"});
  Replica& replica = AddReplica({"a"});
  ASSERT_TRUE(WaitForFirstRuns(replica, 1));
  const std::string state =
      "SELECT string_agg(xmin::text, ',' ORDER BY posting_id) || ' ' ||"
      " (SELECT count(*) FROM outbox) FROM posting";
  const std::string before = One(replica, state);
  const auto run = Scrape(replica, "a");
  EXPECT_EQ(run.outcome(), "ok") << run.message();
  EXPECT_EQ(run.unchanged(), 1);
  EXPECT_EQ(run.created() + run.updated() + run.closed(), 0);
  EXPECT_EQ(One(replica, state), before);
}

TEST_F(CrawlerTest, PageWhoseLastPostingFillsABatch_IsRememberedToo) {
  std::set<std::string> titles;
  for (int i = 0; i < 100; ++i) {
    titles.insert(absl::StrCat("Baker ", i));
  }
  boards_.Show(UrlOf("a"), titles);
  Replica& replica = AddReplica({"a"});
  ASSERT_TRUE(WaitForFirstRuns(replica, 1));
  EXPECT_EQ(Scrape(replica, "a").unchanged(), 1);
}

TEST_F(CrawlerTest, ScrapeSource_WaitsForARunThatStartedAfterTheRequest) {
  boards_.Show(UrlOf("a"), {"Baker"});
  boards_.Hold();
  Replica& replica = AddReplica({"a"});
  ASSERT_TRUE(WaitFor([&] { return boards_.asked(UrlOf("a")) == 1; }));  // it has seen Baker only
  auto scrape = std::async(std::launch::async, [&] { return Scrape(replica, "a"); });
  ASSERT_TRUE(WaitFor([&] {
    return One(replica, "SELECT request_time > last_start_time FROM source_state") == "t";
  }));
  boards_.Show(UrlOf("a"), {"Baker", "Cook"});
  boards_.Release();
  EXPECT_EQ(scrape.get().created(), 1);
  EXPECT_EQ(boards_.asked(UrlOf("a")), 2);
  EXPECT_EQ(One(replica, "SELECT count(*) FROM posting WHERE open"), "2");
}

TEST_F(CrawlerTest, Scrape_RefusesUnknownSourcesAndObeysTheDeadline) {
  boards_.Show(UrlOf("a"), {"Baker"});
  boards_.Hold();
  Replica& replica = AddReplica({"a"});
  jobmesh::scraping::v1::ScrapeRequest request;
  request.set_source("nobody");
  EXPECT_TRUE(absl::IsNotFound(replica.handlers.Scrape(Call(), request).status()));
  request.set_source("a");
  EXPECT_TRUE(absl::IsDeadlineExceeded(
      replica.handlers.Scrape(Call(absl::Milliseconds(300)), request).status()));
  boards_.Release();
}

TEST_F(CrawlerTest, StoppedReplica_LeavesItsRunToAnother) {
  boards_.Show(UrlOf("a"), {"Baker"});
  boards_.Hold();
  Replica& first = AddReplica({"a"});
  ASSERT_TRUE(WaitFor([&] { return boards_.asked(UrlOf("a")) == 1; }));
  Replica& second = AddReplica({"a"});
  first.crawler.Stop();
  boards_.Release();
  ASSERT_TRUE(WaitForFirstRuns(second, 1));
  EXPECT_EQ(One(second, "SELECT last_outcome FROM source_state"), "ok");
  EXPECT_EQ(One(second, "SELECT count(*) FROM posting WHERE open"), "1");
}

using Comments = std::map<int64_t, std::string>;

// A thread of comments as the Algolia API answers it.
std::string ThreadOf(const Comments& comments) {
  nlohmann::json children = nlohmann::json::array();
  for (const auto& [id, text] : comments) {
    children.push_back({{"id", id}, {"created_at", "2026-04-01T16:00:00Z"}, {"text", text}});
  }
  return nlohmann::json{{"id", 1}, {"children", children}}.dump();
}

class HiringThreadTest : public CrawlerTest {
 protected:
  // Crawls a thread as it is first, then twice as it is later.
  void CrawlThrice(const Comments& earlier, const Comments& later) {
    std::vector<sources::SourceConfig> configs = Configs({"hn"});
    configs[0].adapter = "hn_hiring";
    boards_.Serve(configs[0].url, ThreadOf(earlier));
    replicas_.push_back(std::make_unique<Replica>(database_->url(), boards_, configs));
    Replica& replica = *replicas_.back();
    ASSERT_TRUE(WaitForFirstRuns(replica, 1));
    const std::string newest = One(replica, "SELECT max(change_id) FROM outbox");
    boards_.Serve(configs[0].url, ThreadOf(later));
    const auto second = Scrape(replica, "hn");
    EXPECT_EQ(second.outcome(), "ok") << second.message();
    // The comments of the postings that a condition holds for.
    const auto ids = [&](const std::string& where) {
      std::set<int64_t> found;
      auto rows = replica.pool.ExecuteText(
          "SELECT DISTINCT split_part(native_id, '/', 1)::bigint FROM posting WHERE " + where);
      EXPECT_TRUE(rows.ok()) << rows.status();
      for (const auto& row : *rows) found.insert(row[0].as<int64_t>());
      return found;
    };
    std::set<int64_t> in_both;
    std::set<int64_t> added;
    std::set<int64_t> gone;
    std::set<int64_t> edited;
    for (const auto& [id, text] : later) {
      const auto before = earlier.find(id);
      (before == earlier.end() ? added : in_both).insert(id);
      if (before != earlier.end() && before->second != text) edited.insert(id);
    }
    for (const auto& [id, text] : earlier) {
      if (!later.contains(id)) gone.insert(id);
    }
    const std::string since =
        "posting_id IN (SELECT posting_id FROM outbox WHERE change_id > " + newest + " AND kind = ";
    // People who look for work are in no posting, in whichever run.
    const std::set<int64_t> open = ids("open");
    for (const int64_t id : in_both) {
      if (!edited.contains(id)) {
        EXPECT_FALSE(ids("NOT open").contains(id)) << id;
      }
    }
    for (const int64_t id : ids(since + "1)")) {
      EXPECT_TRUE(added.contains(id) || edited.contains(id)) << id << " was new in no comment";
    }
    for (const int64_t id : ids(since + "2)")) EXPECT_TRUE(edited.contains(id)) << id;
    for (const int64_t id : added) EXPECT_TRUE(open.contains(id)) << id << " was not inserted";
    for (const int64_t id : gone) EXPECT_FALSE(open.contains(id)) << id << " was not closed";
    for (const int64_t id : open) EXPECT_TRUE(later.contains(id)) << id;
    EXPECT_EQ(One(replica,
                  "SELECT count(*) - count(DISTINCT (source, native_id)) FROM posting WHERE open"),
              "0");

    const char* const state =
        "SELECT md5(string_agg(posting_id::text || xmin::text, ',' ORDER BY posting_id)) FROM "
        "posting";
    const std::string before = One(replica, state);
    const std::string last = One(replica, "SELECT max(change_id) FROM outbox");
    const auto third = Scrape(replica, "hn");
    EXPECT_EQ(third.created() + third.updated() + third.closed(), 0);
    // Fetched in full too, as by a process that remembers nothing.
    EXPECT_TRUE(replica.pool.ExecuteText("DELETE FROM page_validator").ok());
    const auto fourth = Scrape(replica, "hn");
    EXPECT_GT(fourth.parsed(), 0);
    EXPECT_EQ(fourth.created() + fourth.updated() + fourth.closed(), 0);
    EXPECT_EQ(One(replica, state), before);
    EXPECT_EQ(One(replica, "SELECT max(change_id) FROM outbox"), last);
    RecordProperty("second_run", absl::StrCat(second.created(), " created, ", second.updated(),
                                              " updated, ", second.closed(), " closed"));
  }
};

TEST_F(HiringThreadTest, ASecondRun_InsertsWhatIsNewAndClosesWhatIsGone) {
  CrawlThrice(
      {{1, "Lantern | Rust Engineer | Tallinn<p>We light streets."},
       {2, "Inn | Multiple | Ghent<p>- Lead Cook Manager<p>- Kitchen Manager<p>Write to us."},
       {3, "Gone | Developer | Ghent<p>Soon."},
       {4, "SEEKING WORK | Remote"}},
      {{1, "Lantern | Rust Engineer | Tallinn<p>We light streets."},
       {2, "Inn | Multiple | Ghent<p>- Lead Cook Manager<p>- Bar Manager<p>Write to us."},
       {4, "SEEKING WORK | Remote"},
       {5, "Fresh | Go Developer | Remote<p>New here."}});
  EXPECT_EQ(One(*replicas_.back(),
                "SELECT string_agg(title, ', ' ORDER BY title) FROM posting WHERE open"),
            "Bar Manager, Go Developer, Lead Cook Manager, Rust Engineer");
}

TEST_F(HiringThreadTest, TwoRunsOfARealThread_DifferByTheRealRows) {
  const char* const folder = std::getenv("JOBMESH_DATA_DIR");
  if (folder == nullptr) GTEST_SKIP() << "JOBMESH_DATA_DIR is not set: no real thread";
  const auto read = [&](const char* day) {
    std::ifstream file(absl::StrCat(folder, "/listings/hn_raw/", day, ".json"));
    const auto run = nlohmann::json::parse(file, nullptr, /*allow_exceptions=*/false);
    Comments comments;
    if (!run.is_object()) return comments;
    for (const auto& job : run["jobs"]) comments[job["id"]] = job["text"];
    return comments;
  };
  const Comments earlier = read("2026-04-17");
  if (earlier.empty()) GTEST_SKIP() << "no real thread in " << folder;
  const Comments later = read("2026-04-28");
  EXPECT_EQ(std::ranges::count_if(later, [&](const auto& c) { return !earlier.contains(c.first); }),
            7);
  EXPECT_EQ(std::ranges::count_if(earlier, [&](const auto& c) { return !later.contains(c.first); }),
            6);
  CrawlThrice(earlier, later);
}

}  // namespace
}  // namespace jobmesh::scraper
