// Jobs, items and the hour of document 000 on a real PostgreSQL.

#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <thread>

#include "absl/time/clock.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/cache/in_process_cache.h"
#include "runtime/errors.h"
#include "runtime/testing/wait_for.h"
#include "scraper-service/site_data/executors.h"
#include "scraper-service/site_data/fake_client.h"
#include "scraper-service/site_data/item_store.h"
#include "scraper-service/site_data/site_job_repository.h"
#include "scraper-service/site_data/site_scheduler_service.h"
#include "scraper-service/site_data/transformer.h"
#include "scraper-service/tasks/scheduler.h"
#include "scraper-service/tasks/task_fixture.h"

namespace jobmesh::scraper::site_data {
namespace {

namespace v1 = jobmesh::site_data::v1;
using nlohmann::json;
using runtime::testing::WaitFor;
using tasks::Outcome;
using tasks::Task;
using tasks::TaskRun;
using tasks::TaskState;
using ::testing::ElementsAre;
using ::testing::StartsWith;

const absl::CivilDay kDay(2026, 2, 15);

absl::Status Anybody(const std::string&) { return absl::OkStatus(); }

Site SiteOf(const std::string& id, bool enabled = true) {
  Site site{.id = id, .enabled = enabled};
  for (const char* name : {"north", "south"}) {
    site.providers.push_back({.name = name,
                              .url = absl::StrCat("http://", name),
                              .transformer = std::string(kDefaultTransformer)});
  }
  return site;
}

class SiteDataTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { JOBMESH_REQUIRE_TEST_DATABASE(); }
  void SetUp() override {
    JOBMESH_REQUIRE_TEST_DATABASE();
    world_ = std::make_unique<World>();
    client().answers = {
        {"http://north",
         R"([{"id":"n1","supplier":"Ada Data","status":"open","confirmed":true,"score":50,
                              "date":"2026-02-15T08:00:00Z","title":"Cook","company":"Inn"},
                             {"id":"n2","status":"closed","score":90,"date":"2026-02-14"}])"},
        {"http://south", R"([{"id":"s1","supplier":"adamant","score":70}])"}};
  }

  struct World {
    tasks::TestQueue queue;
    PostingRepository postings{queue.pool};
    SkillRepository skills{queue.pool};
    VocabularyKeeper vocabulary{skills, std::string(refine::Vocabulary::DefaultFile())};
    FakeClient client;
    std::vector<Site> sites = {SiteOf("news"), SiteOf("more"), SiteOf("off", false)};
    SiteJobRepository jobs{queue.pool, queue.tasks};
    ItemStore store{queue.pool};
    runtime::cache::InProcessCache cache;
    ItemPages pages{store, cache};
    int rings = 0;
  };
  tasks::TestQueue& queue() { return world_->queue; }
  SiteJobRepository& jobs() { return world_->jobs; }
  FakeClient& client() { return world_->client; }
  World& world() { return *world_; }

  ExecutorParts Parts() {
    return {.sites = world_->sites,
            .client = world_->client,
            .postings = world_->postings,
            .vocabulary = world_->vocabulary,
            .on_postings = [this] { ++world_->rings; },
            .retention = absl::Hours(24)};
  }
  std::string Start(const std::string& site = "news", absl::CivilDay day = kDay) {
    auto job = jobs().Start(site, day, "7");
    EXPECT_TRUE(job.ok()) << job.status();
    EXPECT_TRUE(job->created);
    return job->id;
  }
  v1::SiteJob Get(const std::string& id) {
    auto job = jobs().Get(id);
    EXPECT_TRUE(job.ok()) << job.status();
    return job.value_or(v1::SiteJob());
  }
  // Runs what waits, as the worker does.
  void RunAll() {
    for (const Task& task : queue().Claim(kQueue)) {
      RunOne(task);
    }
  }
  void RunOne(const Task& task) {
    fetch::CancelToken cancel;
    TaskRun run(task, queue().leases, cancel);
    Outcome outcome = (task.operation == kFetch ? MakeFetchExecutor(Parts())
                                                : MakeFetchAllExecutor(Parts()))(run);
    if (auto* completed = std::get_if<Outcome::Completed>(&outcome.end)) {
      last_end_ = queue().leases.CompleteWith(LeaseOf(task), completed->effects);
    } else if (auto* failed = std::get_if<Outcome::Failed>(&outcome.end)) {
      last_end_ =
          queue()
              .leases.Fail(LeaseOf(task), std::string(failed->error.message()), failed->final, {})
              .status();
    } else {
      ADD_FAILURE() << "stopped";
    }
  }
  std::vector<std::string> Ids(const ItemFilter& filter) {
    auto page = world_->store.List(filter);
    EXPECT_TRUE(page.ok()) << page.status();
    std::vector<std::string> ids;
    for (const v1::SiteItem& item : page.value_or(ItemPage()).items) {
      ids.push_back(item.id());
    }
    return ids;
  }

  absl::Status last_end_;

 private:
  std::unique_ptr<World> world_;
};

TEST_F(SiteDataTest, AJob_StoresWhatItsProvidersGive) {
  const std::string id = Start();
  v1::SiteJob job = Get(id);
  EXPECT_EQ(job.status(), "created");
  EXPECT_EQ(job.input().site_id(), "news");
  EXPECT_EQ(job.input().date(), "2026-02-15");
  EXPECT_TRUE(job.error().has_null_value());
  const std::vector<Task> claimed = queue().Claim(kQueue);
  ASSERT_EQ(claimed.size(), 1u);
  EXPECT_EQ(Get(id).status(), "processing");
  RunOne(claimed[0]);
  EXPECT_TRUE(last_end_.ok()) << last_end_;
  job = Get(id);
  EXPECT_EQ(job.status(), "finished");
  EXPECT_TRUE(job.error().has_null_value()) << job.DebugString();
  EXPECT_GT(job.updated_at(), job.created_at());
  EXPECT_EQ(job.stats().fields().at("stored").number_value(), 3);
  EXPECT_EQ(
      job.stats().fields().at("north").struct_value().fields().at("transformed").number_value(), 2);
  EXPECT_THAT(Ids({.job = id}), ElementsAre("n2", "s1", "n1"));
  EXPECT_EQ(queue().Value("SELECT string_agg(source || ' ' || title, ',') FROM posting"),
            "site:news/north Cook");
  EXPECT_EQ(world().rings, 1);
}

TEST_F(SiteDataTest, OneFailingProvider_LeavesAnError) {
  client().answers.erase("http://south");
  const std::string id = Start();
  RunAll();
  const v1::SiteJob job = Get(id);
  EXPECT_EQ(job.status(), "finished");
  EXPECT_THAT(job.error().string_value(), StartsWith("Some providers failed: south: "));
  EXPECT_EQ(job.stats().fields().at("stored").number_value(), 2);
}

TEST_F(SiteDataTest, WithoutAnAnswer_TheJobFailsWithItsStatistics) {
  client().answers.clear();
  const std::string id = Start();
  RunAll();
  const v1::SiteJob job = Get(id);
  EXPECT_EQ(job.status(), "failed");
  EXPECT_THAT(job.error().string_value(), StartsWith("All providers failed: north: "));
  EXPECT_EQ(job.stats().fields().at("north").struct_value().fields().at("errors").number_value(),
            1);
  EXPECT_EQ(job.stats().fields().at("stored").number_value(), 0);
  EXPECT_EQ(queue().Get(id).state, TaskState::kDiscarded);
}

TEST_F(SiteDataTest, OfOneSiteAndDay_OneJobIsUnderWay) {
  std::vector<std::thread> threads;
  std::atomic<int> created{0};
  absl::Mutex mutex;
  std::set<std::string> ids;
  for (int i = 0; i < 12; ++i) {
    threads.emplace_back([&] {
      auto job = jobs().Start("news", kDay, "");
      ASSERT_TRUE(job.ok()) << job.status();
      created += job->created ? 1 : 0;
      absl::MutexLock lock(&mutex);
      ids.insert(job->id);
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(created, 1);
  EXPECT_EQ(ids.size(), 1u);
  EXPECT_EQ(queue().Value("SELECT count(*) FROM site_job"), "1");
  EXPECT_NE(Start("more"), *ids.begin());
  EXPECT_NE(Start("news", kDay + 1), *ids.begin());
  RunAll();
  EXPECT_NE(Start(), *ids.begin());  // the first has ended
}

TEST_F(SiteDataTest, TheDatabaseItself_RefusesASecondActiveJob) {
  Start();
  EXPECT_FALSE(queue()
                   .pool
                   .ExecuteText("INSERT INTO site_job (job_id, site_id, fetch_date) "
                                "VALUES (gen_random_uuid(), 'news', '2026-02-15')")
                   .ok());
}

TEST_F(SiteDataTest, ACancelledJob_StoresNothing) {
  const std::string waits = Start();
  ASSERT_TRUE(jobs().Cancel(waits, Anybody).ok());
  EXPECT_EQ(Get(waits).status(), "failed");
  EXPECT_EQ(Get(waits).error().string_value(), "Job cancelled by user");
  EXPECT_TRUE(queue().Claim(kQueue).empty());

  const std::string runs = Start();
  const std::vector<Task> claimed = queue().Claim(kQueue);
  ASSERT_EQ(claimed.size(), 1u);
  ASSERT_TRUE(jobs().Cancel(runs, Anybody).ok());
  RunOne(claimed[0]);
  EXPECT_TRUE(absl::IsAborted(last_end_)) << last_end_;
  EXPECT_EQ(Get(runs).status(), "failed");
  EXPECT_EQ(queue().Value("SELECT count(*) FROM site_item"), "0");

  const absl::Status again = jobs().Cancel(runs, Anybody);
  EXPECT_TRUE(absl::IsFailedPrecondition(again));
  EXPECT_EQ(again.message(), "Cannot cancel job in status failed");
}

TEST_F(SiteDataTest, WhoMayNotCancel_ChangesNothing) {
  const std::string id = Start();
  EXPECT_TRUE(absl::IsPermissionDenied(jobs().Cancel(id, [](const std::string& owner) {
    EXPECT_EQ(owner, "7");
    return absl::PermissionDeniedError("no");
  })));
  EXPECT_EQ(Get(id).status(), "created");
}

TEST_F(SiteDataTest, UnknownIds_AreNotFound) {
  const std::string other = queue().Enqueue({.family = "003", .operation = "parse"}).id;
  for (const std::string& id : {other, std::string("nope"), std::string("66f1c0ffee66f1c0ffee66f1"),
                                std::string("00000000-0000-0000-0000-000000000000")}) {
    EXPECT_TRUE(absl::IsNotFound(jobs().Get(id).status())) << id;
    EXPECT_TRUE(absl::IsNotFound(jobs().Cancel(id, Anybody))) << id;
  }
}

TEST_F(SiteDataTest, ARunThatDied_IsDoneAgainOnce) {
  const std::string id = Start();
  ASSERT_EQ(queue().Claim(kQueue).size(), 1u);
  queue().LetDie("w1");
  ASSERT_EQ(queue().queues.Rescue(absl::ZeroDuration())->count, 1);
  EXPECT_EQ(Get(id).status(), "created");
  RunAll();
  EXPECT_EQ(Get(id).status(), "finished");
  EXPECT_EQ(queue().Value("SELECT count(*) FROM site_item"), "3");
  EXPECT_EQ(queue().Value("SELECT count(*) FROM posting"), "1");
}

TEST_F(SiteDataTest, AskedAgain_OnlyWhatChangedIsWritten) {
  Start();
  RunAll();
  const std::string before = queue().Value("SELECT max(xmin::text::bigint) FROM site_item");
  const std::string second = Start();
  RunAll();
  EXPECT_EQ(queue().Value("SELECT max(xmin::text::bigint) FROM site_item"), before);
  EXPECT_EQ(Ids({.job = second}).size(), 3u);
  EXPECT_EQ(world().rings, 1);
}

TEST_F(SiteDataTest, Filters_HoldTheirItems) {
  Start();
  RunAll();
  EXPECT_THAT(Ids({}), ElementsAre("n2", "s1", "n1"));
  EXPECT_THAT(Ids({.order = ItemOrder::kScoreUp}), ElementsAre("n1", "s1", "n2"));
  EXPECT_THAT(Ids({.order = ItemOrder::kConfirmedDown}), ElementsAre("n1", "n2", "s1"));
  EXPECT_THAT(Ids({.order = ItemOrder::kConfirmedUp}), ElementsAre("n2", "n1", "s1"));
  EXPECT_THAT(Ids({.supplier = "ADA"}), ElementsAre("s1", "n1"));
  EXPECT_THAT(Ids({.supplier = "%"}), ElementsAre());
  EXPECT_THAT(Ids({.status = "open"}), ElementsAre("n1"));
  EXPECT_THAT(Ids({.confirmed = false}), ElementsAre("n2", "s1"));
  EXPECT_THAT(Ids({.site = "more"}), ElementsAre());
  EXPECT_THAT(Ids({.from = absl::FromUnixSeconds(1'771'142'400)}), ElementsAre("n1"));
  EXPECT_THAT(Ids({.to = absl::FromUnixSeconds(1'771'142'400)}), ElementsAre("n2"));
  EXPECT_THAT(Ids({.limit = 1, .offset = 1}), ElementsAre("s1"));
  EXPECT_EQ(world().store.List({.limit = 1, .offset = 9})->total, 3);
}

TEST_F(SiteDataTest, APage_IsReadOnceUntilItemsChange) {
  Start();
  RunAll();
  const v1::ListSiteItemsRequest everything;
  const auto list = [&] {
    return world().pages.List(everything, "", [] { return absl::OkStatus(); })->total();
  };
  EXPECT_EQ(list(), 3);
  queue().Value("DELETE FROM site_item WHERE item_id = 's1'");
  EXPECT_EQ(list(), 3);  // the store was not asked
  EXPECT_EQ(world().pages.Stats().hits, 1u);
  world().pages.Forget();
  EXPECT_EQ(list(), 2);
}

TEST_F(SiteDataTest, AJobThatIsNotThere_IsNotRemembered) {
  int asked = 0;
  const auto unknown = [&] {
    ++asked;
    return absl::NotFoundError("no job");
  };
  EXPECT_TRUE(absl::IsNotFound(world().pages.List({}, "x", unknown).status()));
  EXPECT_TRUE(absl::IsNotFound(world().pages.List({}, "x", unknown).status()));
  EXPECT_EQ(asked, 2);
}

TEST_F(SiteDataTest, Requests_AreCheckedWhole) {
  v1::ListSiteItemsRequest request;
  request.set_limit(1001);
  request.set_offset(-1);
  request.set_sort_by("title asc");
  request.set_from("yesterday");
  request.set_to("2026-02-30");
  const auto checked = CheckFilter(request);
  ASSERT_TRUE(absl::IsInvalidArgument(checked.status()));
  std::set<std::string> fields;
  for (const json& problem :
       json::parse(runtime::DetailOf(checked.status())->metadata.at("details"))) {
    EXPECT_EQ(problem["loc"][0], "query");
    fields.insert(problem["loc"][1]);
  }
  EXPECT_EQ(fields, (std::set<std::string>{"limit", "offset", "sortBy", "from", "to"}));
  request.Clear();
  request.set_from("2026-02-15");
  request.set_to("2026-02-15");
  const ItemFilter day = CheckFilter(request).value();
  EXPECT_EQ(*day.to - *day.from, absl::Hours(24));
  request.set_limit(0);
  EXPECT_FALSE(CheckFilter(request).ok());
}

// 86: a day of hours, three replicas, one leader after the other.
TEST_F(SiteDataTest, EveryHour_EachEnabledSiteIsFetchedOnceHoweverManyReplicas) {
  tasks::ScheduleRepository schedules(queue().pool);
  for (int replica = 0; replica < 3; ++replica) {
    ASSERT_TRUE(schedules.Put(HourlyFetch()).ok());
  }
  absl::Mutex mutex;
  absl::Time now = absl::FromUnixSeconds(1'800'000'000);  // 2027-01-15 08:00
  const auto clock = [&]() -> absl::StatusOr<absl::Time> {
    absl::MutexLock lock(&mutex);
    return now;
  };
  std::vector<std::unique_ptr<tasks::Scheduler>> replicas;
  for (const char* holder : {"a", "b", "c"}) {
    replicas.push_back(std::make_unique<tasks::Scheduler>(
        schedules, queue().doorbell,
        tasks::SchedulerOptions{.holder = holder, .lease = absl::Seconds(2), .now = clock},
        queue().registry));
    ASSERT_TRUE(replicas.back()->Start().ok());
  }
  const auto next_is_later = [&] {
    return WaitFor([&] {
      const auto state = schedules.List(kSchedule);
      return state.ok() && state->front().next_time && *state->front().next_time > *clock();
    });
  };
  ASSERT_TRUE(next_is_later());
  for (int hour = 1; hour <= 3; ++hour) {
    if (hour == 2) {
      replicas.erase(replicas.begin());
    }
    {
      absl::MutexLock lock(&mutex);
      now += absl::Hours(1);
    }
    ASSERT_TRUE(next_is_later());
    RunAll();  // the hour's task, which starts the jobs
    EXPECT_EQ(queue().Value("SELECT count(*) FROM site_job WHERE status = 'created'"), "2");
    RunAll();
    EXPECT_EQ(queue().Value("SELECT count(*) FROM site_job WHERE status = 'finished'"),
              absl::StrCat(2 * hour));
  }
  EXPECT_EQ(queue().Value("SELECT count(*) FROM task_tick WHERE schedule = '000/hourly'"), "3");
  EXPECT_EQ(queue().Value("SELECT string_agg(DISTINCT site_id, ',') FROM site_job"), "more,news");
  EXPECT_EQ(queue().Value("SELECT string_agg(DISTINCT fetch_date::text, ',') FROM site_job"),
            "2027-01-15");
  replicas.clear();
}

TEST_F(SiteDataTest, AStoppedSchedule_StaysStoppedWhenAReplicaStarts) {
  tasks::ScheduleRepository schedules(queue().pool);
  ASSERT_TRUE(schedules.Put(HourlyFetch()).ok());
  ASSERT_TRUE(schedules.SetEnabled(kSchedule, false).ok());
  ASSERT_TRUE(schedules.Put(HourlyFetch()).ok());
  EXPECT_FALSE(schedules.List(kSchedule)->front().enabled);
}

TEST_F(SiteDataTest, JobsThatEndedLongAgo_AreForgottenByTheHour) {
  const std::string id = Start();
  RunAll();
  queue().Value("UPDATE site_job SET update_time = now() - interval '25 hours'");
  tasks::TaskSpec hour;
  hour.operation = kFetchAll;
  hour.queue = kQueue;
  queue().Enqueue(hour);
  RunAll();
  EXPECT_TRUE(absl::IsNotFound(jobs().Get(id).status()));
  EXPECT_EQ(queue().Value("SELECT count(*) FROM site_item"), "3");
}

}  // namespace
}  // namespace jobmesh::scraper::site_data
