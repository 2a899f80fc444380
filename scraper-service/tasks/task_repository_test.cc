#include "scraper-service/tasks/task_repository.h"

#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "runtime/errors.h"
#include "scraper-service/tasks/idempotency.h"
#include "scraper-service/tasks/task_fixture.h"

namespace jobmesh::scraper::tasks {
namespace {

using runtime::postgres::Tx;
using ::testing::ElementsAre;
using ::testing::SizeIs;

class TaskRepositoryTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { JOBMESH_REQUIRE_TEST_DATABASE(); }
  void SetUp() override {
    JOBMESH_REQUIRE_TEST_DATABASE();
    queue_ = std::make_unique<TestQueue>();
  }
  TestQueue& queue() { return *queue_; }

  static TaskSpec Spec(const std::string& operation = "work") {
    TaskSpec spec;
    spec.operation = operation;
    return spec;
  }
  static std::string ReasonOf(const absl::Status& status) {
    const auto detail = runtime::DetailOf(status);
    return detail ? detail->reason : "";
  }

 private:
  std::unique_ptr<TestQueue> queue_;
};

TEST_F(TaskRepositoryTest, EnqueuedTaskIsStoredAsItWasGiven) {
  TaskSpec spec = Spec();
  spec.family = "002";
  spec.payload = R"({"a": [1, "é", {"b": null}]})";
  spec.created_by = R"({"userId": "77"})";
  spec.target = "INCOME";
  spec.owner = "u-9";
  spec.priority = -5;
  const Task task = queue().Get(queue().Enqueue(spec).id);
  EXPECT_EQ(task.family, "002");
  EXPECT_EQ(task.payload, R"({"a": [1, "é", {"b": null}]})");
  EXPECT_EQ(task.created_by, R"({"userId": "77"})");
  EXPECT_EQ(task.target, "INCOME");
  EXPECT_EQ(task.owner, "u-9");
  EXPECT_EQ(task.priority, -5);
  EXPECT_EQ(task.state, TaskState::kAvailable);
  EXPECT_EQ(task.attempt, 0);
  EXPECT_FALSE(task.finish_time);
}

TEST_F(TaskRepositoryTest, WhatASpecLeavesOutIsStoredAsItsDefault) {
  const TaskSpec spec = Spec();
  const std::string id = queue().Enqueue(spec).id;
  const Task task = queue().Get(id);
  EXPECT_EQ(task.family, spec.family);
  EXPECT_EQ(task.queue, spec.queue);
  EXPECT_EQ(task.phase, spec.phase);
  EXPECT_EQ(task.entry_phase, spec.phase);
  EXPECT_EQ(task.priority, spec.priority);
  EXPECT_EQ(task.payload, spec.payload);
  EXPECT_EQ(task.max_attempts, spec.max_attempts);
  EXPECT_EQ(task.on_crash, spec.on_crash);
  EXPECT_EQ(task.run_time, task.create_time);
  EXPECT_EQ(queue().Value("SELECT concat_ws(',', retry_base_ms, target, owner, unique_key, "
                          "limit_key, created_by) FROM task"),
            absl::StrCat(absl::ToInt64Milliseconds(spec.retry_base)));
}

TEST_F(TaskRepositoryTest, MalformedSpecsAreRefusedBeforeAnythingIsStored) {
  TaskSpec no_object = Spec();
  no_object.payload = "[1]";
  TaskSpec zero = Spec();
  zero.payload = R"({"a":"\u0000"})";
  TaskSpec limit = Spec();
  limit.limit = TaskLimit{.key = "queue:x", .max_running = 1};
  for (const TaskSpec& bad : {TaskSpec(), no_object, zero, limit}) {
    const std::vector<TaskSpec> specs = {Spec(), bad};
    EXPECT_TRUE(absl::IsInvalidArgument(queue().tasks.Enqueue(specs).status()));
  }
  EXPECT_EQ(queue().Value("SELECT count(*) FROM task"), "0");
}

TEST_F(TaskRepositoryTest, TaskOfARolledBackTransactionIsNotThere) {
  const absl::Status status = queue().pool.InTransaction([&](Tx& tx) -> absl::Status {
    const TaskSpec spec = Spec();
    EXPECT_TRUE(TaskRepository::EnqueueIn(tx, std::span(&spec, 1)).ok());
    return absl::CancelledError("no");
  });
  EXPECT_TRUE(absl::IsCancelled(status));
  EXPECT_THAT(queue().Claim(), SizeIs(0));
}

TEST_F(TaskRepositoryTest, IdsOfOneFamilyAreShortAndFoundInThatFormOnly) {
  TaskSpec spec = Spec();
  spec.family = "004";
  const std::string id = queue().Enqueue(spec).id;
  EXPECT_EQ(id.size(), 24u);
  EXPECT_EQ(queue().Get(id).id, id);
  const std::string uuid = queue().Value("SELECT task_id FROM task");
  EXPECT_TRUE(absl::IsNotFound(queue().tasks.Get(uuid).status()));
  EXPECT_EQ(ReasonOf(queue().tasks.Get("nope").status()), "TASK_NOT_FOUND");
}

TEST_F(TaskRepositoryTest, TasksOfOneRequestKeepTheirOrder) {
  std::vector<TaskSpec> specs;
  for (int i = 0; i < 300; ++i) {
    specs.push_back(Spec(absl::StrCat("o", i)));
    specs.back().family = i % 2 == 0 ? "002" : "004";
  }
  ASSERT_TRUE(queue().tasks.Enqueue(specs).ok());
  const auto listed = queue().tasks.List({});
  ASSERT_TRUE(listed.ok());
  ASSERT_THAT(*listed, SizeIs(300));
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ((*listed)[i].operation, absl::StrCat("o", i));
  }
}

TEST_F(TaskRepositoryTest, ListFiltersAndPages) {
  for (const char* operation : {"ADD", "REMOVE", "ADD"}) {
    TaskSpec spec = Spec(operation);
    spec.family = "002";
    spec.target = operation;
    queue().Enqueue(spec);
  }
  queue().Enqueue(Spec("ADD"));
  TaskFilter filter{.family = "002", .operations = {"ADD"}};
  EXPECT_THAT(*queue().tasks.List(filter), SizeIs(2));
  EXPECT_THAT(*queue().tasks.List({.target = "REMOVE"}), SizeIs(1));
  EXPECT_THAT(*queue().tasks.List({.states = {TaskState::kCompleted}}), SizeIs(0));
  filter.limit = 1;
  const auto first = queue().tasks.List(filter);
  filter.after = first->front().id;
  const auto second = queue().tasks.List(filter);
  ASSERT_THAT(*second, SizeIs(1));
  EXPECT_GT(second->front().id, first->front().id);
  EXPECT_EQ(queue().tasks.List({.family = "002", .newest_first = true})->front().id,
            second->front().id);
}

TEST_F(TaskRepositoryTest, OneUnfinishedTaskAKeyHoweverManyAskAtOnce) {
  for (int round = 0; round < 20; ++round) {
    TaskSpec spec = Spec();
    spec.unique_key = absl::StrCat("002/T", round);
    std::atomic<int> created{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 10; ++i) {
      threads.emplace_back([&] { created += queue().Enqueue(spec).created ? 1 : 0; });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    EXPECT_EQ(created, 1);
  }
  EXPECT_EQ(queue().Value("SELECT count(*) FROM task"), "20");
}

TEST_F(TaskRepositoryTest, KeyIsFreeOnceItsTaskHasFinished) {
  TaskSpec spec = Spec();
  spec.unique_key = "k";
  const Enqueued first = queue().Enqueue(spec);
  EXPECT_TRUE(first.created);
  const Enqueued taken = queue().Enqueue(spec);
  EXPECT_FALSE(taken.created);
  EXPECT_EQ(taken.id, first.id);
  const std::vector<Task> runs = queue().Claim();
  ASSERT_THAT(runs, SizeIs(1));
  EXPECT_FALSE(queue().Enqueue(spec).created);
  ASSERT_THAT(*queue().leases.Complete({{LeaseOf(runs[0]), ""}}), SizeIs(1));
  EXPECT_TRUE(queue().Enqueue(spec).created);
}

TEST_F(TaskRepositoryTest, WaitingTaskIsCancelledAtOnceAndNeverRuns) {
  TaskSpec delayed = Spec();
  delayed.delay = absl::Milliseconds(1);
  TaskSpec limited = Spec();
  limited.limit = TaskLimit{.key = "k", .max_running = 1};
  limited.unique_key = "u";
  for (const TaskSpec& spec : {Spec(), delayed, limited}) {
    const std::string id = queue().Enqueue(spec).id;
    const auto cancelled = queue().tasks.Cancel(id, "by user");
    ASSERT_TRUE(cancelled.ok());
    EXPECT_EQ(cancelled->state, TaskState::kCancelled);
    EXPECT_EQ(cancelled->error, "by user");
    EXPECT_TRUE(cancelled->finish_time);
  }
  EXPECT_THAT(queue().Claim(), SizeIs(0));
  EXPECT_TRUE(queue().Enqueue(limited).created);
}

TEST_F(TaskRepositoryTest, RunningTaskIsAskedToStopAndItsEndDecides) {
  const std::string stopped = queue().Enqueue(Spec()).id;
  const std::string finished = queue().Enqueue(Spec()).id;
  const std::vector<Task> runs = queue().Claim();
  for (const std::string& id : {stopped, finished}) {
    const auto asked = queue().tasks.Cancel(id, "");
    EXPECT_EQ(asked->state, TaskState::kRunning);
    EXPECT_TRUE(asked->cancel_requested);
  }
  ASSERT_TRUE(queue().leases.Release({LeaseOf(runs[0])}).ok());
  ASSERT_THAT(*queue().leases.Complete({{LeaseOf(runs[1]), ""}}), SizeIs(1));
  EXPECT_EQ(queue().Get(stopped).state, TaskState::kCancelled);
  EXPECT_EQ(queue().Get(finished).state, TaskState::kCompleted);
  EXPECT_EQ(queue().tasks.Cancel(finished, "late")->state, TaskState::kCompleted);
}

TEST_F(TaskRepositoryTest, SteeringTakesARunAwayFromItsWorker) {
  TaskSpec spec = Spec();
  spec.queue = "import-build";
  const std::string id = queue().Enqueue(spec).id;
  const std::vector<Task> runs = queue().Claim("import-build");
  const auto steer = [&](const Steering& steering) {
    return queue().pool.InTransaction(
        [&](Tx& tx) { return TaskRepository::SteerIn(tx, id, steering); });
  };
  const auto validating = steer({.state = TaskState::kRunning, .phase = "validating"});
  ASSERT_TRUE(validating.ok()) << validating.status();
  EXPECT_EQ(validating->phase, "validating");
  EXPECT_THAT(*queue().leases.Complete({{LeaseOf(runs[0]), ""}}), SizeIs(0));
  queue().LetDie("w1");
  EXPECT_EQ(queue().queues.Rescue(absl::ZeroDuration())->count, 0);

  ASSERT_TRUE(steer({.phase = "built", .queue = "datastore-manager", .fresh = false}).ok());
  EXPECT_THAT(queue().Claim("import-build"), SizeIs(0));
  const std::vector<Task> again = queue().Claim("datastore-manager");
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].phase, "built");

  ASSERT_TRUE(steer({.state = TaskState::kCompleted, .phase = "completed"}).ok());
  EXPECT_EQ(ReasonOf(steer({.phase = "queued"}).status()), "TASK_FINISHED");
}

TEST_F(TaskRepositoryTest, EditChangesThePayloadOnly) {
  TaskSpec spec = Spec();
  spec.payload = R"({"a":1,"b":2})";
  const std::string id = queue().Enqueue(spec).id;
  const auto edited = queue().pool.InTransaction(
      [&](Tx& tx) { return TaskRepository::EditIn(tx, id, R"({"b":3,"c":4})"); });
  ASSERT_TRUE(edited.ok());
  EXPECT_EQ(edited->payload, R"({"a": 1, "b": 3, "c": 4})");
  EXPECT_EQ(edited->state, TaskState::kAvailable);
}

TEST_F(TaskRepositoryTest, LogKeepsItsOrder) {
  const std::string id = queue().Enqueue(Spec()).id;
  const Task run = queue().Claim()[0];
  ASSERT_TRUE(queue()
                  .pool
                  .InTransaction([&](Tx& tx) {
                    return TaskRepository::AppendLogIn(tx, id, {"one", "two", "three"});
                  })
                  .ok());
  ASSERT_TRUE(queue().leases.Log(LeaseOf(run), {"four"}).ok());
  std::vector<std::string> lines;
  auto logs = *queue().tasks.ReadLogs({id});
  for (const TaskLogLine& line : logs[id]) {
    lines.push_back(line.message);
  }
  EXPECT_THAT(lines, ElementsAre("one", "two", "three", "four"));
}

TEST_F(TaskRepositoryTest, DeletedTaskIsGoneAndItsRunHasNoLease) {
  TaskSpec spec = Spec();
  spec.family = "004";
  const std::string id = queue().Enqueue(spec).id;
  const Task run = queue().Claim()[0];
  EXPECT_FALSE(*queue().tasks.Delete(id, "002"));
  EXPECT_TRUE(*queue().tasks.Delete(id, "004"));
  EXPECT_FALSE(*queue().tasks.Delete(id, "004"));
  EXPECT_EQ(ReasonOf(queue().leases.Report(LeaseOf(run), "p", 0.5).status()), "TASK_LEASE_LOST");
  EXPECT_EQ(queue().Value("SELECT count(*) FROM task_lease"), "0");
}

TEST_F(TaskRepositoryTest, RedriveStartsAnewUnlessTheKeyIsTaken) {
  TaskSpec spec = Spec();
  spec.unique_key = "k";
  spec.max_attempts = 1;
  const std::string id = queue().Enqueue(spec).id;
  EXPECT_TRUE(absl::IsFailedPrecondition(queue().tasks.Redrive(id).status()));
  EXPECT_EQ(*queue().leases.Fail(LeaseOf(queue().Claim()[0]), "boom", false, std::nullopt),
            TaskState::kDiscarded);
  EXPECT_THAT(*queue().queues.DeadLetters("default", "", 10), SizeIs(1));
  const std::string other = queue().Enqueue(spec).id;
  EXPECT_TRUE(absl::IsFailedPrecondition(queue().tasks.Redrive(id).status()));
  ASSERT_TRUE(queue().tasks.Cancel(other, "").ok());
  ASSERT_TRUE(queue().tasks.Redrive(id).ok());
  EXPECT_THAT(*queue().queues.DeadLetters("", "", 10), SizeIs(0));
  EXPECT_EQ(queue().Claim()[0].attempt, 1);
}

TEST_F(TaskRepositoryTest, RepeatedRequestGetsTheFirstAnswer) {
  const auto answer = [&](const IdempotentRequest& request, const std::string& fresh) {
    return queue().pool.InTransaction([&](Tx& tx) -> absl::StatusOr<std::string> {
      auto before = FindAnswerIn(tx, request);
      if (!before.ok() || *before) {
        return before.ok() ? absl::StatusOr<std::string>(**before) : before.status();
      }
      absl::Status kept = KeepAnswerIn(tx, request, fresh);
      return kept.ok() ? absl::StatusOr<std::string>(fresh) : kept;
    });
  };
  EXPECT_EQ(*answer({"ada", "k", "body"}, "first"), "first");
  EXPECT_EQ(*answer({"ada", "k", "body"}, "second"), "first");
  EXPECT_EQ(*answer({"bob", "k", "body"}, "third"), "third");
  EXPECT_EQ(ReasonOf(answer({"ada", "k", "other"}, "").status()), "IDEMPOTENCY_KEY_REUSED");
}

}  // namespace
}  // namespace jobmesh::scraper::tasks
