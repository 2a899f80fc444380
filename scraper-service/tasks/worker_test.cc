#include "scraper-service/tasks/worker.h"

#include <atomic>
#include <stdexcept>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "runtime/testing/wait_for.h"
#include "scraper-service/tasks/queue_keeper.h"
#include "scraper-service/tasks/task_fixture.h"

namespace jobmesh::scraper::tasks {
namespace {

using runtime::postgres::Tx;
using runtime::testing::WaitFor;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TaskSpec Spec(const std::string& operation) {
  TaskSpec spec;
  spec.operation = operation;
  return spec;
}

// What one process has.
struct Process {
  Process(TestQueue& queue, const std::string& id, std::map<std::string, int> slots)
      : doorbell(queue.pool),
        keeper(queue.queues, doorbell, queue.metrics, absl::ZeroDuration()),
        worker(queue.leases, doorbell, queue.metrics,
               {.worker_id = id, .slots = std::move(slots)}) {}

  void Start() {
    EXPECT_TRUE(doorbell.Start().ok());
    EXPECT_TRUE(keeper.Start().ok());
    EXPECT_TRUE(worker.Start().ok());
  }
  void Stop() {
    worker.Stop();
    keeper.Stop();
    doorbell.Stop();
  }

  Doorbell doorbell;
  QueueKeeper keeper;
  Worker worker;
};

class WorkerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { JOBMESH_REQUIRE_TEST_DATABASE(); }
  void SetUp() override {
    JOBMESH_REQUIRE_TEST_DATABASE();
    queue_ = std::make_unique<TestQueue>();
    queue_->Value("CREATE TABLE effect (task_id text PRIMARY KEY, n int NOT NULL)");
  }
  TestQueue& queue() { return *queue_; }
  bool Reaches(const std::string& id, TaskState state, absl::Duration within = absl::Seconds(20)) {
    return WaitFor([&] { return queue().Get(id).state == state; }, within);
  }
  static LeaseRepository::Effects CountEffect(const std::string& id) {
    return [id](Tx& tx) -> absl::StatusOr<std::string> {
      auto done = tx.ExecuteTextParams(
          "INSERT INTO effect VALUES ($1, 1) ON CONFLICT (task_id) DO UPDATE SET n = effect.n + 1",
          id);
      return done.ok() ? absl::StatusOr<std::string>(R"({"done":true})") : done.status();
    };
  }

 private:
  std::unique_ptr<TestQueue> queue_;
};

TEST_F(WorkerTest, TaskRunsAndItsResultIsKept) {
  Process process(queue(), "w1", {{"default", 2}});
  process.worker.Register("work", [](TaskRun& run) {
    EXPECT_EQ(run.task().payload, R"({"n": 1})");
    EXPECT_TRUE(run.SetPhase("halfway").ok());
    EXPECT_TRUE(run.SetProgress(0.5).ok());
    EXPECT_TRUE(run.Log("did it").ok());
    return Outcome::Complete(R"({"n":2})");
  });
  process.Start();
  TaskSpec spec = Spec("work");
  spec.payload = R"({"n": 1})";
  const std::string id = queue().Enqueue(spec).id;
  ASSERT_TRUE(Reaches(id, TaskState::kCompleted));
  const Task task = queue().Get(id);
  EXPECT_EQ(task.result, R"({"n": 2})");
  EXPECT_EQ(task.phase, "halfway");
  EXPECT_EQ(task.progress, 1);
  EXPECT_EQ((*queue().tasks.ReadLogs({id}))[id].front().message, "did it");
  process.Stop();
}

TEST_F(WorkerTest, EffectsAndCompletionAreOneTransaction) {
  Process process(queue(), "w1", {{"default", 2}});
  std::atomic<int> tries{0};
  process.worker.Register("work", [&](TaskRun& run) {
    const bool fails = ++tries == 1;
    return Outcome::CompleteWith([fails, effect = CountEffect(run.task().id)](
                                     Tx& tx) -> absl::StatusOr<std::string> {
      auto result = effect(tx);
      return fails ? absl::StatusOr<std::string>(absl::InternalError("after the write")) : result;
    });
  });
  process.Start();
  TaskSpec spec = Spec("work");
  spec.retry_base = absl::Milliseconds(1);
  const std::string id = queue().Enqueue(spec).id;
  ASSERT_TRUE(Reaches(id, TaskState::kCompleted));
  EXPECT_EQ(queue().Value("SELECT n FROM effect"), "1");
  EXPECT_EQ(queue().Get(id).attempt, 2);
  EXPECT_EQ(queue().Get(id).result, R"({"done": true})");
  process.Stop();
}

TEST_F(WorkerTest, UnstorableResultDiscardsItsTaskAndNoOther) {
  Process process(queue(), "w1", {{"default", 4}});
  process.worker.Register("good", [](TaskRun&) { return Outcome::Complete("{}"); });
  process.worker.Register("bad", [](TaskRun&) { return Outcome::Complete("{no JSON"); });
  std::vector<TaskSpec> specs(20, Spec("good"));
  specs[7] = Spec("bad");
  const auto enqueued = queue().tasks.Enqueue(specs);
  process.Start();
  for (size_t i = 0; i < specs.size(); ++i) {
    EXPECT_TRUE(Reaches((*enqueued)[i].id, i == 7 ? TaskState::kDiscarded : TaskState::kCompleted));
  }
  process.Stop();
}

// R17.
TEST_F(WorkerTest, FailingTaskIsTriedByTheLawAndThenDiscardedOnce) {
  Process process(queue(), "w1", {{"default", 1}});
  absl::Mutex mutex;
  std::vector<absl::Time> starts;
  process.worker.Register("work", [&](TaskRun&) {
    absl::MutexLock lock(&mutex);
    starts.push_back(absl::Now());
    if (starts.size() == 2) {
      throw std::runtime_error("thrown");
    }
    return Outcome::Fail(absl::UnavailableError("no luck"));
  });
  process.Start();
  TaskSpec spec = Spec("work");
  spec.max_attempts = 4;
  spec.retry_base = absl::Milliseconds(400);
  const std::string id = queue().Enqueue(spec).id;
  ASSERT_TRUE(Reaches(id, TaskState::kDiscarded));
  ASSERT_THAT(starts, SizeIs(4));
  for (int i = 1; i < 4; ++i) {
    const absl::Duration law = absl::Milliseconds(400) * (1 << (i - 1));
    EXPECT_GE(starts[i] - starts[i - 1], 0.9 * law);
    EXPECT_LE(starts[i] - starts[i - 1], 1.1 * law + absl::Milliseconds(700));  // a busy machine
  }
  EXPECT_EQ(queue().Get(id).error, "no luck");
  EXPECT_EQ(queue().Value("SELECT count(*) FROM task_dead"), "1");
  process.Stop();
}

TEST_F(WorkerTest, ErrorThatCannotPassIsNotTriedAgain) {
  Process process(queue(), "w1", {{"default", 1}});
  process.worker.Register(
      "work", [](TaskRun&) { return Outcome::Fail(absl::InvalidArgumentError("never")); });
  process.Start();
  const std::string id = queue().Enqueue(Spec("work")).id;
  ASSERT_TRUE(Reaches(id, TaskState::kDiscarded));
  EXPECT_EQ(queue().Get(id).attempt, 1);
  process.Stop();
}

// R20, of a running task.
TEST_F(WorkerTest, CancelledRunIsToldWithinTwoSeconds) {
  Process process(queue(), "w1", {{"default", 1}});
  std::atomic<bool> started{false};
  process.worker.Register("work", [&](TaskRun& run) {
    started = true;
    return run.cancel().WaitFor(std::chrono::seconds(30)) ? Outcome::Stop() : Outcome::Complete();
  });
  process.Start();
  const std::string id = queue().Enqueue(Spec("work")).id;
  ASSERT_TRUE(WaitFor([&] { return started.load(); }));
  // By another replica whose bell does not reach this one: the poll finds it.
  ASSERT_TRUE(queue().tasks.Cancel(id, "enough").ok());
  EXPECT_TRUE(Reaches(id, TaskState::kCancelled, absl::Seconds(4)));
  EXPECT_EQ(queue().Get(id).error, "enough");
  process.Stop();
}

// R20: a thousand races in the database are in lease_test; here one through a worker each way.
TEST_F(WorkerTest, DeletedTaskStopsItsRun) {
  Process process(queue(), "w1", {{"default", 1}});
  std::atomic<bool> started{false};
  std::atomic<bool> stopped{false};
  process.worker.Register("work", [&](TaskRun& run) {
    started = true;
    stopped = run.cancel().WaitFor(std::chrono::seconds(30));
    return Outcome::Complete();
  });
  process.Start();
  TaskSpec spec = Spec("work");
  spec.family = "004";
  const std::string id = queue().Enqueue(spec).id;
  ASSERT_TRUE(WaitFor([&] { return started.load(); }));
  ASSERT_TRUE(*queue().tasks.Delete(id, "004"));
  EXPECT_TRUE(WaitFor([&] { return stopped.load(); }));
  process.Stop();
}

// R15.
TEST_F(WorkerTest, DrainGivesUnfinishedWorkBackWithoutCostingAnAttempt) {
  auto first = std::make_unique<Process>(queue(), "w1", std::map<std::string, int>{{"default", 4}});
  std::atomic<int> started{0};
  first->worker.Register("work", [&](TaskRun& run) {
    ++started;
    return run.cancel().WaitFor(std::chrono::seconds(60)) ? Outcome::Stop() : Outcome::Complete();
  });
  first->Start();
  std::vector<TaskSpec> specs(6, Spec("work"));
  const auto enqueued = *queue().tasks.Enqueue(specs);
  ASSERT_TRUE(WaitFor([&] { return started == 4; }));
  const absl::Time begin = absl::Now();
  first->worker.Drain(begin + absl::Seconds(2));
  EXPECT_LE(absl::Now() - begin, absl::Seconds(3));
  first->Stop();
  EXPECT_EQ(queue().Value("SELECT count(*) FROM task WHERE state = 'available' AND attempt = 0 "
                          "AND rescues = 0"),
            "6");
  Process second(queue(), "w2", {{"default", 6}});
  second.worker.Register("work", [](TaskRun&) { return Outcome::Complete(); });
  second.Start();
  for (const Enqueued& task : enqueued) {
    EXPECT_TRUE(Reaches(task.id, TaskState::kCompleted));
  }
  second.Stop();
}

TEST_F(WorkerTest, QueuesHaveSlotsOfTheirOwn) {
  Process process(queue(), "w1", {{"a", 2}, {"b", 1}});
  std::atomic<int> running_a{0};
  std::atomic<int> most_a{0};
  process.worker.Register("a", [&](TaskRun& run) {
    most_a = std::max(most_a.load(), ++running_a);
    run.cancel().WaitFor(std::chrono::milliseconds(20));
    --running_a;
    return Outcome::Complete();
  });
  process.worker.Register("b", [](TaskRun&) { return Outcome::Complete(); });
  process.Start();
  TaskSpec a = Spec("a");
  a.queue = "a";
  TaskSpec b = Spec("b");
  b.queue = "b";
  std::vector<TaskSpec> specs(20, a);
  specs.push_back(b);
  const auto enqueued = *queue().tasks.Enqueue(specs);
  EXPECT_TRUE(Reaches(enqueued.back().id, TaskState::kCompleted));
  EXPECT_TRUE(WaitFor([&] {
    return queue().Value(
               "SELECT count(*) FROM task WHERE "
               "state = 'completed'") == "21";
  }));
  EXPECT_EQ(most_a, 2);
  process.Stop();
}

TEST_F(WorkerTest, PhasesGoFromQueueToQueueOneAtATime) {
  Process process(queue(), "w1", {{"import-build", 4}, {"datastore-manager", 4}});
  process.worker.Register("ADD", [&](TaskRun& run) {
    if (run.task().phase != "built") {
      return Outcome::Advance({.queue = "datastore-manager", .phase = "built"});
    }
    // Exactly one at a time in the whole mesh: others would find the row.
    return Outcome::CompleteWith([](Tx& tx) -> absl::StatusOr<std::string> {
      auto rows = tx.ExecuteText(
          "SELECT count(*) FROM task WHERE queue = 'datastore-manager' AND state = 'running'");
      return absl::StrCat("{\"running\": ", (*rows)[0][0].c_str(), "}");
    });
  });
  process.Start();
  TaskSpec spec = Spec("ADD");
  spec.queue = "import-build";
  std::vector<TaskSpec> specs(12, spec);
  const auto enqueued = *queue().tasks.Enqueue(specs);
  for (const Enqueued& task : enqueued) {
    ASSERT_TRUE(Reaches(task.id, TaskState::kCompleted));
    EXPECT_EQ(queue().Get(task.id).result, R"({"running": 1})");
  }
  process.Stop();
}

TEST_F(WorkerTest, OutageOfTheDatabaseLosesNothing) {
  Process process(queue(), "w1", {{"default", 4}});
  process.worker.Register("work", [](TaskRun& run) {
    run.cancel().WaitFor(std::chrono::milliseconds(5));
    return Outcome::CompleteWith(CountEffect(run.task().id));
  });
  process.Start();
  std::vector<TaskSpec> specs(300, Spec("work"));
  ASSERT_TRUE(queue().tasks.Enqueue(specs).ok());
  for (int i = 0; i < 10; ++i) {
    queue().database.TerminateSessions();
    absl::SleepFor(absl::Milliseconds(50));  // the fault's own rhythm
  }
  EXPECT_TRUE(WaitFor(
      [&] {
        auto rows = queue().pool.ExecuteText("SELECT count(*) FROM task WHERE state = 'completed'");
        return rows.ok() && std::string_view((*rows)[0][0].c_str()) == "300";
      },
      absl::Seconds(60)));
  EXPECT_EQ(queue().Value("SELECT count(*) FROM effect WHERE n = 1"), "300");
  process.Stop();
}

}  // namespace
}  // namespace jobmesh::scraper::tasks
