// The saga over a real database, with a catalogue of its own that fails on demand and a process
// that dies at every point.

#include "user-service/saga/add_skill_saga.h"

#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "user_migrations.h"

#include "runtime/errors.h"
#include "runtime/testing/postgres_fixture.h"
#include "user-service/subscriptions/subscription_repository.h"

namespace jobmesh::user {
namespace {

// Keeps its state in the test's database, so that it outlives a process that dies, and can be told
// to fail.
class StoredCatalogue : public SkillCatalogue {
 public:
  explicit StoredCatalogue(runtime::postgres::Pool& pool) : pool_(pool) {}

  absl::StatusOr<ReservedSkill> Create(const std::string& saga_id,
                                       const std::string& name) override {
    if (!create.ok()) {
      return create;
    }
    if (!Run("SELECT 1 FROM undone WHERE saga_id = $1", saga_id).empty()) {
      return absl::FailedPreconditionError("undone");
    }
    Run("INSERT INTO skill (saga_id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING", saga_id, name);
    const auto rows = Run("SELECT skill_id, name FROM skill WHERE saga_id = $1", saga_id);
    if (lose_answer) {
      return absl::UnavailableError("the answer was lost");
    }
    return ReservedSkill{rows[0][0].as<int>(), rows[0][1].c_str()};
  }
  absl::Status Confirm(const std::string& saga_id) override {
    if (!confirm.ok()) {
      return confirm;
    }
    const auto rows =
        Run("UPDATE skill SET confirmed = true WHERE saga_id = $1 RETURNING 1", saga_id);
    return rows.empty() ? absl::NotFoundError("no such saga") : absl::OkStatus();
  }
  absl::Status Delete(const std::string& saga_id) override {
    if (!remove.ok()) {
      return remove;
    }
    Run("INSERT INTO undone VALUES ($1) ON CONFLICT DO NOTHING", saga_id);
    Run("DELETE FROM skill WHERE saga_id = $1 AND NOT confirmed", saga_id);
    return absl::OkStatus();
  }
  absl::StatusOr<std::vector<CatalogueSkill>> List() override {
    return std::vector<CatalogueSkill>();
  }

  absl::Status create;
  absl::Status confirm;
  absl::Status remove;
  bool lose_answer = false;

 private:
  template <class... Args>
  pqxx::result Run(const std::string& sql, const Args&... args) {
    auto rows = pool_.ExecuteTextParams(sql, args...);
    EXPECT_TRUE(rows.ok()) << rows.status();
    return rows.ok() ? *rows : pqxx::result();
  }
  runtime::postgres::Pool& pool_;
};

class AddSkillSagaTest : public testing::Test {
 protected:
  void SetUp() override {
    JOBMESH_REQUIRE_TEST_DATABASE();
    database_ = std::make_unique<runtime::testing::TestDatabase>(kMigrations);
    database_->Execute(
        "INSERT INTO account (email, email_key, name, password_hash) VALUES ('a', 'a', 'a', '!');"
        "CREATE TABLE skill (skill_id serial, saga_id text UNIQUE, name text, confirmed boolean "
        "DEFAULT false);"
        "CREATE TABLE undone (saga_id text PRIMARY KEY)");
    pool_ = NewPool();
    catalogue_ = std::make_unique<StoredCatalogue>(*pool_);
    runs_ = std::make_unique<SkillSagaRepository>(*pool_, "first");
    saga_ = std::make_unique<AddSkillSaga>(*runs_, *catalogue_, FaultPoints());
  }

  std::unique_ptr<runtime::postgres::Pool> NewPool() {
    return std::make_unique<runtime::postgres::Pool>(
        runtime::postgres::PoolOptions{.url = database_->url()}, registry_);
  }
  absl::StatusOr<AddedSkill> Add(int user_id = 1) {
    return saga_->Run(user_id, "Rust", "rust", absl::Now() + absl::Seconds(5));
  }
  int Count(const std::string& what) {
    const auto rows = pool_->ExecuteText("SELECT count(*) FROM " + what);
    EXPECT_TRUE(rows.ok()) << rows.status();
    return rows.ok() ? (*rows)[0][0].as<int>() : -1;
  }
  // As a process does that starts a while after the first died.
  void ResumeElsewhere() {
    database_->Execute("UPDATE skill_saga SET lease_time = '-infinity', next_time = '-infinity'");
    SkillSagaRepository runs(*pool_, "second");
    AddSkillSaga saga(runs, *catalogue_, FaultPoints());
    ASSERT_TRUE(saga.ResumeUnfinished().ok());
  }
  void ExpectAllDone() {
    EXPECT_EQ(Count("skill WHERE confirmed"), 1);
    EXPECT_EQ(Count("subscription WHERE tag = 'rust'"), 1);
    EXPECT_EQ(Count("skill_saga WHERE state = 'DONE'"), 1);
  }
  void ExpectNothingLeft() {
    EXPECT_EQ(Count("skill"), 0);
    EXPECT_EQ(Count("subscription"), 0);
    EXPECT_EQ(Count("skill_saga WHERE state <> 'UNDONE'"), 0);
  }

  prometheus::Registry registry_;
  std::unique_ptr<runtime::testing::TestDatabase> database_;
  std::unique_ptr<runtime::postgres::Pool> pool_;
  std::unique_ptr<StoredCatalogue> catalogue_;
  std::unique_ptr<SkillSagaRepository> runs_;
  std::unique_ptr<AddSkillSaga> saga_;
};

TEST_F(AddSkillSagaTest, Run_AddsBothAndAnswersTheSameIdsAgain) {
  const auto added = Add();
  ASSERT_TRUE(added.ok()) << added.status();
  ExpectAllDone();
  const auto again = Add();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->skill_id, added->skill_id);
  EXPECT_EQ(again->subscription_id, added->subscription_id);
  ExpectAllDone();
}

TEST_F(AddSkillSagaTest, Run_AtOnceIsOneSaga) {
  std::vector<std::thread> threads;
  std::vector<absl::StatusOr<AddedSkill>> added(6, absl::UnknownError(""));
  for (size_t i = 0; i < added.size(); ++i) {
    threads.emplace_back([&, i] { added[i] = Add(); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (const auto& one : added) {
    ASSERT_TRUE(one.ok()) << one.status();
    EXPECT_EQ(one->subscription_id, added[0]->subscription_id);
  }
  ExpectAllDone();
}

TEST_F(AddSkillSagaTest, Run_StartsAnewAfterUnsubscribing) {
  const int first = Add()->subscription_id;
  ASSERT_TRUE(SubscriptionRepository(*pool_).Unsubscribe(1, "rust").ok());
  const auto again = Add();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_NE(again->subscription_id, first);
}

TEST_F(AddSkillSagaTest, Run_LeavesNothingWhenTheSkillIsRefused) {
  catalogue_->create = absl::InvalidArgumentError("no such name");
  const auto added = Add();
  EXPECT_TRUE(absl::IsInternal(added.status()));
  EXPECT_EQ(added.status().message(), "Saga transaction failed");
  EXPECT_EQ(runtime::DetailOf(added.status())->metadata.at("details"), "no such name");
  ExpectNothingLeft();
}

TEST_F(AddSkillSagaTest, Run_UndoesTheSkillWhenTheAnswerWasLost) {
  catalogue_->lose_answer = true;
  EXPECT_TRUE(absl::IsInternal(Add().status()));
  ExpectNothingLeft();
}

TEST_F(AddSkillSagaTest, Run_UndoesTheSkillWhenTheSubscriptionFails) {
  EXPECT_TRUE(absl::IsInternal(Add(/*user_id=*/99).status()));
  ExpectNothingLeft();
}

TEST_F(AddSkillSagaTest, Compensation_IsRepeatedUntilItSucceeds) {
  catalogue_->lose_answer = true;
  catalogue_->remove = absl::UnavailableError("away");
  EXPECT_TRUE(absl::IsInternal(Add().status()));
  EXPECT_EQ(Count("skill"), 1);
  ResumeElsewhere();
  EXPECT_EQ(Count("skill_saga WHERE state = 'COMPENSATE' AND attempts = 2"), 1);
  catalogue_->remove = absl::OkStatus();
  ResumeElsewhere();
  ExpectNothingLeft();
}

TEST_F(AddSkillSagaTest, Confirmation_IsRepeatedUntilItSucceeds) {
  catalogue_->confirm = absl::UnavailableError("away");
  const auto added = Add();
  ASSERT_TRUE(added.ok()) << "decided once subscribed: " << added.status();
  EXPECT_EQ(Count("skill WHERE confirmed"), 0);
  catalogue_->confirm = absl::OkStatus();
  ResumeElsewhere();
  ExpectAllDone();
  EXPECT_EQ(Add()->skill_id, added->skill_id);
}

TEST_F(AddSkillSagaTest, Fence_KeepsOutAProcessThatLostTheRun) {
  auto run = runs_->Create(1, "Rust", "rust");
  ASSERT_TRUE(run.ok() && run->has_value());
  ResumeElsewhere();
  ExpectAllDone();
  EXPECT_TRUE(absl::IsAborted(runs_->RecordReservation(**run, {7, "Rust"}, "rust")));
  EXPECT_TRUE(absl::IsAborted(runs_->Fail(**run, "late")));
  ExpectAllDone();
}

TEST_F(AddSkillSagaTest, Undecided_ForTooLongIsUndone) {
  ASSERT_TRUE(runs_->Create(1, "Rust", "rust").ok());
  database_->Execute("UPDATE skill_saga SET create_time = now() - interval '6 minutes'");
  ResumeElsewhere();
  ExpectNothingLeft();
}

// A process dies at each point; another takes over. The end is all or nothing, and each effect is
// there once.
class CrashTest : public AddSkillSagaTest, public testing::WithParamInterface<std::string> {};

TEST_P(CrashTest, EndsAllDoneOrNothingLeft) {
  if (database_ == nullptr) {
    return;
  }
  const std::string point = GetParam();
  const std::set<std::string> backwards = {"saga.failed", "saga.skill_deleted", "saga.undone"};
  const bool undo = backwards.contains(point);
  pool_->Stop();  // no connection may be shared with the child
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto pool = NewPool();
    StoredCatalogue catalogue(*pool);
    catalogue.lose_answer = undo;
    SkillSagaRepository runs(*pool, "dying");
    AddSkillSaga saga(runs, catalogue, FaultPoints(point));
    saga.Run(1, "Rust", "rust", absl::Now() + absl::Seconds(5)).IgnoreError();
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(WEXITSTATUS(status), 137) << "the point was never reached";
  pool_ = NewPool();
  catalogue_ = std::make_unique<StoredCatalogue>(*pool_);
  ResumeElsewhere();
  undo ? ExpectNothingLeft() : ExpectAllDone();
}

INSTANTIATE_TEST_SUITE_P(EveryPoint, CrashTest,
                         testing::Values("saga.created", "saga.skill_created", "saga.reserved",
                                         "saga.subscribed", "saga.skill_confirmed", "saga.done",
                                         "saga.failed", "saga.skill_deleted", "saga.undone"));

}  // namespace
}  // namespace jobmesh::user
