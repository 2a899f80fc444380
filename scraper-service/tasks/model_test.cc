#include <algorithm>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "scraper-service/tasks/task_fixture.h"

namespace jobmesh::scraper::tasks {
namespace {

constexpr int kHistories = 40;
constexpr int kSteps = 60;
constexpr int kWorkers = 6;
constexpr int kMaxAttempts = 3;

// What a task is by the rules, worked out without a database.
struct ModelTask {
  std::string id;
  std::string key;
  TaskState state = TaskState::kAvailable;
  int attempt = 0;
  int rescues = 0;
  bool fresh = true;
  bool cancel_requested = false;
  int worker = -1;
  int64_t token = 0;
};

// R24: what several clients do in any order leads to what the rules say, also what they do with
// leases that they have lost.
class ModelTest : public ::testing::TestWithParam<int> {
 protected:
  static void SetUpTestSuite() {
    JOBMESH_REQUIRE_TEST_DATABASE();
    queue_ = new TestQueue();
  }
  static void TearDownTestSuite() {
    delete queue_;
    queue_ = nullptr;
  }
  void SetUp() override {
    JOBMESH_REQUIRE_TEST_DATABASE();
    random_.seed(GetParam());
    queue_->Value(
        "TRUNCATE task, task_log, task_ready, task_delayed, task_blocked, task_slot, task_key, "
        "task_lease, task_worker, task_dead, task_maintenance");
  }

  int Below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }
  ModelTask& Any() { return tasks_[Below(static_cast<int>(tasks_.size()))]; }

  void Finish(ModelTask& task, TaskState state) { task.state = state; }
  void Requeue(ModelTask& task) {
    task.state = task.cancel_requested ? TaskState::kCancelled : TaskState::kAvailable;
  }
  // Whether a lease that was given out at some time still holds.
  static bool Holds(const ModelTask& task, int64_t token) {
    return task.state == TaskState::kRunning && task.token == token;
  }
  bool KeyTaken(const std::string& key) const {
    return !key.empty() && std::ranges::any_of(tasks_, [&](const ModelTask& task) {
      return task.key == key && !IsFinal(task.state);
    });
  }

  void Enqueue() {
    TaskSpec spec;
    spec.operation = "work";
    spec.max_attempts = kMaxAttempts;
    spec.unique_key = Below(3) == 0 ? absl::StrCat("k", Below(4)) : "";
    const bool expected = !KeyTaken(spec.unique_key);
    const Enqueued enqueued = queue_->Enqueue(spec);
    ASSERT_EQ(enqueued.created, expected);
    if (enqueued.created) {
      tasks_.push_back({.id = enqueued.id, .key = spec.unique_key});
    }
  }

  void Claim() {
    const int worker = Below(kWorkers);
    const int limit = 1 + Below(3);
    // By the rules: what was begun first, then by creation; suspects wait for their turn.
    std::vector<ModelTask*> due;
    for (const bool fresh : {false, true}) {
      for (ModelTask& task : tasks_) {
        if (task.state <= TaskState::kRetryable && task.fresh == fresh && !(paused_ && fresh)) {
          due.push_back(&task);
        }
      }
    }
    const std::vector<Task> claimed = queue_->Claim("default", limit, absl::StrCat("w", worker));
    ASSERT_LE(claimed.size(), static_cast<size_t>(limit));
    for (const Task& run : claimed) {
      const auto it = std::ranges::find(due, run.id, [](ModelTask* task) { return task->id; });
      ASSERT_NE(it, due.end()) << "claimed what was not due";
      (*it)->state = TaskState::kRunning;
      (*it)->worker = worker;
      (*it)->token = run.lease_token;
      ++(*it)->attempt;
      ASSERT_EQ(run.attempt, (*it)->attempt);
      leases_.push_back(LeaseOf(run));
    }
    // Suspects run one at a time, everything else may not be left lying.
    const auto plain = std::ranges::count_if(due, [](ModelTask* task) {
      return task->rescues < 2 && task->state <= TaskState::kRetryable;
    });
    if (plain > 0) {
      ASSERT_EQ(claimed.size(), static_cast<size_t>(limit));
    }
  }

  // A lease out of all that were ever given, so mostly a lost one.
  void Write() {
    if (leases_.empty()) {
      return;
    }
    const Lease lease = leases_[leases_.size() - 1 - Below(std::min<int>(6, leases_.size()))];
    ModelTask& task = *std::ranges::find(tasks_, lease.task_id, &ModelTask::id);
    const bool holds = Holds(task, lease.token);
    switch (Below(5)) {
      case 0:
        ASSERT_EQ(queue_->leases.Complete({{lease, ""}})->size(), holds ? 1u : 0u);
        if (holds) {
          Finish(task, TaskState::kCompleted);
        }
        break;
      case 1: {
        const bool final = Below(3) == 0;
        const auto state = queue_->leases.Fail(lease, "failed", final, absl::ZeroDuration());
        ASSERT_EQ(state.ok(), holds) << state.status();
        if (holds) {
          Finish(task, task.cancel_requested                   ? TaskState::kCancelled
                       : !final && task.attempt < kMaxAttempts ? TaskState::kRetryable
                                                               : TaskState::kDiscarded);
          ASSERT_EQ(*state, task.state);
        }
        break;
      }
      case 2:
        ASSERT_EQ(queue_->leases.Release({lease})->size(), holds ? 1u : 0u);
        if (holds) {
          --task.attempt;
          Requeue(task);
        }
        break;
      case 3: {
        const auto asked = queue_->leases.Report(lease, "phase", 0.5);
        ASSERT_EQ(asked.ok(), holds);
        if (holds) {
          ASSERT_EQ(*asked, task.cancel_requested);
        }
        break;
      }
      default: {
        const auto state =
            queue_->leases.Advance(lease, {.queue = "default", .phase = "built"}, nullptr);
        ASSERT_EQ(state.ok(), holds);
        if (holds) {
          task.attempt = 0;
          task.rescues = 0;
          task.fresh = false;
          Requeue(task);
        }
      }
    }
  }

  void Cancel() {
    if (tasks_.empty()) {
      return;
    }
    ModelTask& task = Any();
    const auto cancelled = queue_->tasks.Cancel(task.id, "");
    ASSERT_TRUE(cancelled.ok());
    if (!IsFinal(task.state)) {
      task.cancel_requested = true;
      if (task.state != TaskState::kRunning) {
        Finish(task, TaskState::kCancelled);
      }
    }
    ASSERT_EQ(cancelled->state, task.state);
  }

  void Redrive() {
    if (tasks_.empty()) {
      return;
    }
    ModelTask& task = Any();
    const bool possible =
        (task.state == TaskState::kDiscarded || task.state == TaskState::kCancelled) &&
        !KeyTaken(task.key);
    ASSERT_EQ(queue_->tasks.Redrive(task.id).ok(), possible);
    if (possible) {
      task.state = TaskState::kAvailable;
      task.attempt = 0;
      task.rescues = 0;
      task.cancel_requested = false;
    }
  }

  void Die() {
    const int worker = Below(kWorkers);
    int expected = 0;
    for (ModelTask& task : tasks_) {
      if (task.state == TaskState::kRunning && task.worker == worker) {
        ++expected;
        ++task.rescues;
        --task.attempt;
        task.state = task.cancel_requested ? TaskState::kCancelled
                     : task.rescues >= 3   ? TaskState::kDiscarded
                                           : TaskState::kAvailable;
      }
    }
    queue_->LetDie(absl::StrCat("w", worker));
    ASSERT_EQ(queue_->queues.Rescue(absl::ZeroDuration())->count, expected);
  }

  void Pause() {
    paused_ = !paused_;
    ASSERT_TRUE(queue_->queues.NoteMaintenance("", paused_).ok());
  }

  void Compare() {
    for (const ModelTask& task : tasks_) {
      const Task stored = queue_->Get(task.id);
      ASSERT_EQ(StateName(stored.state), StateName(task.state)) << task.id;
      ASSERT_EQ(stored.attempt, task.attempt);
      ASSERT_EQ(stored.rescues, task.rescues);
      ASSERT_EQ(stored.fresh, task.fresh);
      ASSERT_EQ(stored.cancel_requested, task.cancel_requested);
    }
    // Everybody who waits is in exactly one place, under its time; everybody who runs has a lease.
    ASSERT_EQ(
        queue_->Value("SELECT count(*) FROM task t WHERE state IN ('available', 'retryable') "
                      "AND ROW(1, true) <> (SELECT count(*), bool_and(q.run_time = t.run_time) "
                      "FROM (SELECT task_id, run_time FROM task_ready "
                      "UNION ALL SELECT task_id, run_time FROM task_delayed "
                      "UNION ALL SELECT task_id, run_time FROM task_blocked) q "
                      "WHERE q.task_id = t.task_id)"),
        "0");
    ASSERT_EQ(queue_->Value("SELECT count(*) FROM task t FULL JOIN task_lease l USING (task_id) "
                            "WHERE (t.state = 'running') <> (l.worker_id IS NOT NULL)"),
              "0");
    ASSERT_EQ(queue_->Value("SELECT count(*) FROM task_key k JOIN task t USING (task_id) "
                            "WHERE t.finish_time IS NOT NULL"),
              "0");
    ASSERT_EQ(queue_->Value("SELECT count(*) FROM task_dead"),
              queue_->Value("SELECT count(*) FROM task WHERE state = 'discarded'"));
  }

  static TestQueue* queue_;
  std::mt19937 random_;
  std::vector<ModelTask> tasks_;
  std::vector<Lease> leases_;
  bool paused_ = false;
};

TestQueue* ModelTest::queue_ = nullptr;

TEST_P(ModelTest, AnyHistoryLeadsWhereTheRulesSay) {
  for (int step = 0; step < kSteps && !HasFatalFailure(); ++step) {
    SCOPED_TRACE(step);
    switch (Below(12)) {
      case 0:
      case 1:
      case 2:
        Enqueue();
        break;
      case 3:
      case 4:
      case 5:
        Claim();
        break;
      case 6:
      case 7:
      case 8:
        Write();
        break;
      case 9:
        Below(2) == 0 ? Cancel() : Redrive();
        break;
      case 10:
        Die();
        break;
      default:
        if (Below(3) == 0) {
          Pause();
        }
    }
  }
  if (!HasFatalFailure()) {
    Compare();
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ModelTest, ::testing::Range(0, kHistories));

}  // namespace
}  // namespace jobmesh::scraper::tasks
