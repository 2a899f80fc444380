#include <thread>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scraper_sql.h"

#include "runtime/errors.h"
#include "runtime/testing/wait_for.h"
#include "scraper-service/tasks/lease_repository.h"
#include "scraper-service/tasks/task_fixture.h"

namespace jobmesh::scraper::tasks {
namespace {

using runtime::postgres::Tx;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class LeaseTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { JOBMESH_REQUIRE_TEST_DATABASE(); }
  void SetUp() override {
    JOBMESH_REQUIRE_TEST_DATABASE();
    queue_ = std::make_unique<TestQueue>();
  }
  TestQueue& queue() { return *queue_; }
  std::string Add(const TaskSpec& spec) { return queue().Enqueue(spec).id; }
  static TaskSpec Spec(int priority = 0) {
    TaskSpec spec;
    spec.operation = "work";
    spec.priority = priority;
    return spec;
  }
  QueueRepository::Rescued Rescue() {
    auto rescued = queue().queues.Rescue(absl::ZeroDuration());
    EXPECT_TRUE(rescued.ok()) << rescued.status();
    return rescued.value_or(QueueRepository::Rescued());
  }
  std::vector<std::string> IdsOf(const std::vector<Task>& tasks) {
    std::vector<std::string> ids;
    for (const Task& task : tasks) {
      ids.push_back(task.id);
    }
    return ids;
  }
  // Nothing of a finished task is left in the narrow tables.
  void ExpectClean() {
    for (const char* table :
         {"task_ready", "task_delayed", "task_blocked", "task_slot", "task_key", "task_lease"}) {
      EXPECT_EQ(queue().Value(absl::StrCat("SELECT count(*) FROM ", table)), "0") << table;
    }
  }

 private:
  std::unique_ptr<TestQueue> queue_;
};

TEST_F(LeaseTest, MostUrgentComesFirst) {
  const std::string low = Add(Spec(10));
  const std::string first = Add(Spec());
  const std::string second = Add(Spec());
  const std::string high = Add(Spec(-10));
  EXPECT_THAT(IdsOf(queue().Claim("default", 3)), ElementsAre(high, first, second));
  EXPECT_THAT(IdsOf(queue().Claim()), ElementsAre(low));
}

TEST_F(LeaseTest, OneTaskGoesToOneWorker) {
  std::vector<TaskSpec> specs(500, Spec());
  ASSERT_TRUE(queue().tasks.Enqueue(specs).ok());
  std::array<std::vector<Task>, 8> taken;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const std::string worker = absl::StrCat("w", i);
      while (true) {
        auto some = queue().leases.Claim(worker, "default", 7);
        ASSERT_TRUE(some.ok()) << some.status();
        if (some->empty()) {
          return;
        }
        taken[i].insert(taken[i].end(), some->begin(), some->end());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  std::set<std::string> ids;
  size_t all = 0;
  for (const auto& tasks : taken) {
    all += tasks.size();
    for (const Task& task : tasks) {
      ids.insert(task.id);
    }
  }
  EXPECT_EQ(all, 500u);
  EXPECT_EQ(ids.size(), 500u);
}

// now() of a claim is older than what the claim sees. The transaction makes that gap as long as the
// test needs it; by itself it is as long as planning takes.
TEST_F(LeaseTest, TaskGivenWhileAClaimBeginsIsNotLost) {
  std::string id;
  auto claimed = queue().pool.InTransaction([&](Tx& tx) {
    id = Add(Spec());  // committed elsewhere: younger than this transaction's now()
    return tx.Execute(sql::kClaimTasks, "default", "w1", 1);
  });
  ASSERT_TRUE(claimed.ok()) << claimed.status();
  EXPECT_EQ(claimed->size(), 1u);
  const Task task = queue().Get(id);
  EXPECT_EQ(task.state, TaskState::kRunning);
  EXPECT_GE(task.start_time, task.create_time);
  EXPECT_GE(task.update_time, task.create_time);
}

TEST_F(LeaseTest, RowLeftFromAnEarlierWaitStartsNothing) {
  TaskSpec spec = Spec();
  spec.delay = absl::Hours(1);
  Add(spec);
  queue().Value(
      "INSERT INTO task_ready (queue, fresh, priority, run_time, task_id) "
      "SELECT queue, fresh, priority, run_time - interval '2 hours', task_id FROM task");
  EXPECT_THAT(queue().Claim(), IsEmpty());
  EXPECT_EQ(queue().Value("SELECT count(*) FROM task_ready"), "0");
  EXPECT_EQ(queue().Value("SELECT count(*) FROM task_delayed"), "1");
}

TEST_F(LeaseTest, DelayedTaskWaitsForItsTime) {
  TaskSpec spec = Spec();
  spec.delay = absl::Milliseconds(300);
  Add(spec);
  EXPECT_THAT(queue().Claim(), IsEmpty());
  EXPECT_LE(*queue().queues.UntilNextDelayed(), absl::Milliseconds(300));
  EXPECT_TRUE(runtime::testing::WaitFor([&] { return queue().Claim().size() == 1; }));
}

// R3, in the database: what a worker writes after its lease has gone to another.
TEST_F(LeaseTest, WorkerThatWakesUpLateChangesNothing) {
  const std::string id = Add(Spec());
  const Lease zombie = LeaseOf(queue().Claim()[0]);
  queue().LetDie("w1");
  EXPECT_EQ(Rescue().count, 1);
  const Task again = queue().Claim("default", 1, "w2")[0];
  EXPECT_EQ(again.id, id);
  EXPECT_NE(again.lease_token, zombie.token);

  EXPECT_THAT(*queue().leases.Complete({{zombie, "1"}}), IsEmpty());
  EXPECT_TRUE(absl::IsAborted(queue().leases.Report(zombie, "zombie", 0.1).status()));
  EXPECT_TRUE(absl::IsAborted(queue().leases.Log(zombie, {"zombie"})));
  EXPECT_TRUE(absl::IsAborted(queue().leases.Fail(zombie, "x", true, std::nullopt).status()));
  EXPECT_TRUE(absl::IsAborted(queue().leases.Advance(zombie, {"q", "p"}, nullptr).status()));
  EXPECT_THAT(*queue().leases.Release({zombie}), IsEmpty());
  bool ran = false;
  EXPECT_TRUE(absl::IsAborted(queue().leases.CompleteWith(
      zombie, [&](runtime::postgres::Tx&) -> absl::StatusOr<std::string> {
        ran = true;
        return "";
      })));
  EXPECT_FALSE(ran);

  const Task task = queue().Get(id);
  EXPECT_EQ(task.state, TaskState::kRunning);
  EXPECT_EQ(task.phase, "");
  EXPECT_EQ(task.lease_token, again.lease_token);
  ASSERT_THAT(*queue().leases.Complete({{LeaseOf(again), "2"}}), SizeIs(1));
  EXPECT_EQ(queue().Get(id).result, "2");
  ExpectClean();
}

TEST_F(LeaseTest, LivingWorkerKeepsItsRuns) {
  Add(Spec());
  ASSERT_THAT(queue().Claim(), SizeIs(1));
  EXPECT_EQ(Rescue().count, 0);
}

TEST_F(LeaseTest, NothingIsRescuedInTheFirstLeaseAfterTheServersStart) {
  Add(Spec());
  ASSERT_THAT(queue().Claim(), SizeIs(1));
  queue().LetDie("w1");
  EXPECT_EQ(queue().queues.Rescue(absl::Hours(24 * 365 * 50))->count, 0);
  EXPECT_EQ(Rescue().count, 1);
}

// R18.
TEST_F(LeaseTest, ThirdDeathOfItsWorkerMakesATaskADeadLetter) {
  TaskSpec spec = Spec();
  spec.max_attempts = 1;  // deaths are no attempts
  const std::string id = Add(spec);
  for (int death = 1; death <= 3; ++death) {
    ASSERT_THAT(queue().Claim(), SizeIs(1)) << death;
    queue().LetDie("w1");
    EXPECT_EQ(Rescue().discarded, death == 3 ? 1 : 0);
  }
  const Task task = queue().Get(id);
  EXPECT_EQ(task.state, TaskState::kDiscarded);
  EXPECT_EQ(task.rescues, 3);
  EXPECT_EQ(task.error, "interrupted unexpectedly in phase running");
  EXPECT_THAT((*queue().tasks.ReadLogs({id}))[id], SizeIs(3));
  ExpectClean();
}

// contracts.md 2.9: an import that dies while it builds has failed; one that dies while it is
// brought in goes back to what was built.
TEST_F(LeaseTest, CrashGoesByThePolicyOfThePhase) {
  TaskSpec spec = Spec();
  spec.queue = "import-build";
  spec.on_crash = OnCrash::kFail;
  const std::string dies_early = Add(spec);
  const std::string dies_late = Add(spec);
  std::vector<Task> runs = queue().Claim("import-build");
  ASSERT_TRUE(queue().leases.Report(LeaseOf(runs[0]), "validating", std::nullopt).ok());
  ASSERT_TRUE(
      queue()
          .leases
          .Advance(LeaseOf(runs[1]), {.queue = "datastore-manager", .phase = "built"}, nullptr)
          .ok());
  const Task late = queue().Claim("datastore-manager")[0];
  EXPECT_EQ(late.phase, "built");
  ASSERT_TRUE(queue().leases.Report(LeaseOf(late), "importing", std::nullopt).ok());
  queue().LetDie("w1");
  EXPECT_EQ(Rescue().count, 2);
  EXPECT_EQ(queue().Get(dies_early).state, TaskState::kDiscarded);
  EXPECT_EQ(queue().Get(dies_early).error, "interrupted unexpectedly in phase validating");
  EXPECT_EQ(queue().Get(dies_late).state, TaskState::kAvailable);
  EXPECT_EQ(queue().Get(dies_late).phase, "built");
  EXPECT_EQ((*queue().tasks.ReadLogs({dies_late}))[dies_late].back().message,
            "Reset to built after an unexpected interruption");
  EXPECT_THAT(queue().Claim("datastore-manager"), SizeIs(1));
}

TEST_F(LeaseTest, AtMostSoManyOfAKeyAreAdmitted) {
  TaskSpec spec = Spec();
  spec.limit = TaskLimit{.key = "host", .max_running = 3};
  std::vector<TaskSpec> specs(10, spec);
  specs.push_back(Spec());
  ASSERT_TRUE(queue().tasks.Enqueue(specs).ok());
  std::vector<Task> runs = queue().Claim();
  EXPECT_THAT(runs, SizeIs(4));  // three of the key, and the other one
  EXPECT_THAT(queue().Claim(), IsEmpty());
  for (const Task& run : runs) {
    if (run.limit_key == "host") {
      ASSERT_THAT(*queue().leases.Complete({{LeaseOf(run), ""}}), SizeIs(1));
      break;
    }
  }
  EXPECT_THAT(queue().Claim(), SizeIs(1));
  ASSERT_TRUE(queue().queues.SetLimit({.key = "host", .max_running = 5}).ok());
  EXPECT_THAT(queue().Claim(), SizeIs(2));
}

TEST_F(LeaseTest, AdmissionsOfManyProcessesNeverPassTheLimit) {
  TaskSpec spec = Spec();
  spec.limit = TaskLimit{.key = "host", .max_running = 3};
  std::vector<TaskSpec> specs(200, spec);
  ASSERT_TRUE(queue().tasks.Enqueue(specs).ok());
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      const std::string worker = absl::StrCat("w", i);
      while (done < 200) {
        for (const Task& run : queue().Claim("default", 2, worker)) {
          most = std::max(most.load(), ++running);
          --running;
          done += static_cast<int>(queue().leases.Complete({{LeaseOf(run), ""}})->size());
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(done, 200);
  EXPECT_LE(most, 3);
  ExpectClean();
}

TEST_F(LeaseTest, RateOfAKeyIsKept) {
  TaskSpec spec = Spec();
  spec.limit = TaskLimit{.key = "api", .rate_per_minute = 5};
  std::vector<TaskSpec> specs(12, spec);
  ASSERT_TRUE(queue().tasks.Enqueue(specs).ok());
  EXPECT_THAT(queue().Claim(), SizeIs(5));  // a minute's starts were saved up
  EXPECT_THAT(queue().Claim(), IsEmpty());
  queue().Value(
      "UPDATE task_limit SET token_time = token_time - interval '24 seconds' "
      "WHERE limit_key = 'api'");
  EXPECT_THAT(queue().Claim(), SizeIs(2));
}

// R16.
TEST_F(LeaseTest, MaintenanceHoldsWhatIsFreshAndLetsBegunWorkFinish) {
  TaskSpec build = Spec();
  build.queue = "import-build";
  Add(build);
  const Task building = queue().Claim("import-build")[0];
  TaskSpec remove = Spec();
  remove.queue = "datastore-manager";
  const std::string waiting = Add(remove);
  ASSERT_TRUE(queue().queues.Dispatch().ok());  // has the one place of the queue already
  ASSERT_TRUE(queue().queues.NoteMaintenance("new disks", true).ok());
  Add(build);
  EXPECT_THAT(queue().Claim("import-build"), IsEmpty());
  EXPECT_THAT(queue().Claim("datastore-manager"), IsEmpty());
  // A run under way goes on, and its later phase runs.
  ASSERT_TRUE(
      queue()
          .leases
          .Advance(LeaseOf(building), {.queue = "datastore-manager", .phase = "built"}, nullptr)
          .ok());
  const std::vector<Task> built = queue().Claim("datastore-manager");
  ASSERT_THAT(built, SizeIs(1));
  EXPECT_EQ(built[0].id, building.id);
  ASSERT_THAT(*queue().leases.Complete({{LeaseOf(built[0]), ""}}), SizeIs(1));
  EXPECT_THAT(queue().Claim("datastore-manager"), IsEmpty());

  ASSERT_TRUE(queue().queues.NoteMaintenance("done", false).ok());
  EXPECT_THAT(IdsOf(queue().Claim("datastore-manager")), ElementsAre(waiting));
  EXPECT_THAT(queue().Claim("import-build"), SizeIs(1));
  EXPECT_EQ(queue().queues.MaintenanceHistory(10)->front().msg, "done");
}

TEST_F(LeaseTest, PausedQueueStartsNothing) {
  Add(Spec());
  ASSERT_TRUE(queue().queues.SetPaused("default", true).ok());
  EXPECT_THAT(queue().Claim(), IsEmpty());
  ASSERT_TRUE(queue().queues.SetPaused("default", false).ok());
  EXPECT_THAT(queue().Claim(), SizeIs(1));
}

// R20.
TEST_F(LeaseTest, CancelAndCompletionNeverBothWin) {
  std::vector<TaskSpec> specs(1000, Spec());
  ASSERT_TRUE(queue().tasks.Enqueue(specs).ok());
  const std::vector<Task> runs = queue().Claim("default", 1000);
  ASSERT_THAT(runs, SizeIs(1000));
  std::thread cancels([&] {
    for (const Task& run : runs) {
      EXPECT_TRUE(queue().tasks.Cancel(run.id, "").ok());
    }
  });
  std::set<std::string> completed;
  std::set<std::string> given_back;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (i % 2 == 0) {
      completed.merge(*queue().leases.Complete({{LeaseOf(runs[i]), ""}}));
    } else if (!queue().leases.Release({LeaseOf(runs[i])})->empty()) {
      given_back.insert(runs[i].id);
    }
  }
  cancels.join();
  EXPECT_EQ(completed.size() + given_back.size(), 1000u);
  EXPECT_EQ(queue().Value("SELECT count(*) FROM task WHERE state = 'completed'"), "500");
  EXPECT_EQ(queue().Value("SELECT count(*) FROM task WHERE state = 'cancelled'"), "500");
  EXPECT_THAT(queue().Claim(), IsEmpty());
  ExpectClean();
}

TEST_F(LeaseTest, WeeksOfHistoryAreDroppedOnceNothingInThemIsUnfinished) {
  const std::string done = Add(Spec());
  ASSERT_THAT(*queue().leases.Complete({{LeaseOf(queue().Claim()[0]), ""}}), SizeIs(1));
  const std::string waiting = Add(Spec());
  const std::string drop_this_week =
      "SELECT task_drop_partition((date_trunc('week', now() AT TIME ZONE 'UTC') + interval '7 "
      "days') "
      "AT TIME ZONE 'UTC')";
  EXPECT_EQ(queue().Value(drop_this_week), "");
  ASSERT_TRUE(queue().tasks.Cancel(waiting, "").ok());
  EXPECT_NE(queue().Value(drop_this_week), "");
  EXPECT_TRUE(absl::IsNotFound(queue().tasks.Get(done).status()));
  const std::string next = Add(Spec());  // into the default partition
  EXPECT_THAT(IdsOf(queue().Claim()), ElementsAre(next));
}

}  // namespace
}  // namespace jobmesh::scraper::tasks
