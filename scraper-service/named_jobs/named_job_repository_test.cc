#include "scraper-service/named_jobs/named_job_repository.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scraper-service/tasks/task_fixture.h"

namespace jobmesh::scraper::named_jobs {
namespace {

namespace v1 = jobmesh::named_jobs::v1;

absl::Status Anybody(const std::string&) { return absl::OkStatus(); }

class NamedJobRepositoryTest : public ::testing::Test {
 protected:
  std::string Execute(const std::string& executor = kFast) {
    auto id =
        jobs_.Execute({.name = "resize", .estimated_time = 2, .user_id = "u-9"}, executor, {});
    EXPECT_TRUE(id.ok()) << id.status();
    return id.value_or("");
  }
  std::string Add(const std::string& user = "u-9") {
    return jobs_.Add({.name = "note", .estimated_time = 1, .user_id = user}, "unknown").value();
  }
  // How many runs that ended: none where the lease is gone.
  size_t Complete(const tasks::Task& run) {
    auto ended = queue_.leases.Complete({{tasks::LeaseOf(run), ""}});
    EXPECT_TRUE(ended.ok()) << ended.status();
    return ended.ok() ? ended->size() : 0;
  }
  v1::Job Get(const std::string& id) {
    auto job = jobs_.Get(id);
    EXPECT_TRUE(job.ok()) << job.status();
    return job.value_or(v1::Job());
  }

  tasks::TestQueue queue_;
  NamedJobRepository jobs_{queue_.pool, queue_.tasks};
};

TEST_F(NamedJobRepositoryTest, Status_FollowsTheQueue) {
  const std::string id = Execute();
  EXPECT_TRUE(IsJobId(id)) << id;
  EXPECT_EQ(Get(id).status(), "queued");
  const std::vector<tasks::Task> claimed = queue_.Claim(kFast);
  ASSERT_EQ(claimed.size(), 1u);
  EXPECT_EQ(Get(id).status(), "running");
  EXPECT_EQ(Complete(claimed[0]), 1u);
  EXPECT_EQ(Get(id).status(), "completed");
  EXPECT_GT(Get(id).updated_at(), Get(id).created_at());
}

TEST_F(NamedJobRepositoryTest, ARecord_IsNotExecuted) {
  const std::string id = Add();
  EXPECT_TRUE(IsJobId(id)) << id;
  EXPECT_EQ(Get(id).status(), "unknown");
  EXPECT_TRUE(Get(id).description().has_null_value());
  EXPECT_EQ(queue_.Value("SELECT count(*) FROM task"), "0");
}

TEST_F(NamedJobRepositoryTest, JobsOfAUser_ComeByCreationInPages) {
  const std::vector<std::string> ids = {Add(), Execute(), Add()};
  Add("u-10");
  const std::vector<v1::Job> all = jobs_.ListOfUser("u-9", "").value();
  ASSERT_EQ(all.size(), 3u);
  for (size_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(all[i].id(), ids[i]);
  }
  const std::vector<v1::Job> rest = jobs_.ListOfUser("u-9", ids[1]).value();
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].id(), ids[2]);
}

TEST_F(NamedJobRepositoryTest, Update_LeavesWhatIsNotGiven) {
  const std::string id = Add();
  const std::string before = Get(id).updated_at();
  const auto answer = jobs_.Update(id, {.description = "bigger"}, Anybody).value();
  EXPECT_EQ(answer.name(), "note");
  EXPECT_EQ(answer.description().string_value(), "bigger");
  EXPECT_EQ(answer.status(), "unknown");
  EXPECT_GT(Get(id).updated_at(), before);
  EXPECT_EQ(jobs_.Update(id, {.status = "done"}, Anybody)->status(), "done");
}

TEST_F(NamedJobRepositoryTest, StatusOfWhatIsExecuted_CanOnlyBecomeCancelled) {
  const std::string id = Execute();
  for (const char* status : {"running", "completed", "failed", "queued", "anything"}) {
    EXPECT_TRUE(absl::IsAborted(jobs_.Update(id, {.status = status}, Anybody).status())) << status;
  }
  EXPECT_EQ(Get(id).status(), "queued");
  EXPECT_EQ(jobs_.Update(id, {.status = kCancelled}, Anybody)->status(), kCancelled);
  EXPECT_EQ(queue_.Get(id).state, tasks::TaskState::kCancelled);
  EXPECT_TRUE(queue_.Claim(kFast).empty());
  EXPECT_EQ(jobs_.Update(id, {.status = kCancelled}, Anybody)->status(), kCancelled);
}

TEST_F(NamedJobRepositoryTest, CancellingARun_TakesItsLease) {
  const std::string id = Execute();
  const std::vector<tasks::Task> claimed = queue_.Claim(kFast);
  ASSERT_EQ(claimed.size(), 1u);
  ASSERT_TRUE(jobs_.Update(id, {.status = kCancelled}, Anybody).ok());
  EXPECT_EQ(Complete(claimed[0]), 0u);
  EXPECT_EQ(Get(id).status(), kCancelled);
}

TEST_F(NamedJobRepositoryTest, Delete_TakesTheTaskToo) {
  const std::string id = Execute();
  const std::vector<tasks::Task> claimed = queue_.Claim(kFast);
  ASSERT_EQ(claimed.size(), 1u);
  ASSERT_TRUE(jobs_.Delete(id, Anybody).ok());
  EXPECT_EQ(Complete(claimed[0]), 0u);
  EXPECT_TRUE(absl::IsNotFound(jobs_.Get(id).status()));
  EXPECT_TRUE(absl::IsNotFound(jobs_.Delete(id, Anybody)));
  EXPECT_EQ(queue_.Value("SELECT count(*) FROM task"), "0");
  const std::string record = Add();
  ASSERT_TRUE(jobs_.Delete(record, Anybody).ok());
  EXPECT_TRUE(absl::IsNotFound(jobs_.Get(record).status()));
}

TEST_F(NamedJobRepositoryTest, WhoMayNotChange_ChangesNothing) {
  const std::string id = Execute();
  const auto nobody = [](const std::string& owner) { return absl::PermissionDeniedError(owner); };
  EXPECT_TRUE(absl::IsPermissionDenied(jobs_.Update(id, {.name = "x"}, nobody).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(jobs_.Delete(id, nobody)));
  EXPECT_EQ(Get(id).name(), "resize");
}

TEST_F(NamedJobRepositoryTest, ARepeatedRequest_GetsTheFirstOnesJob) {
  const NewJob job{.name = "resize", .estimated_time = 2, .user_id = "u-9"};
  const tasks::IdempotentRequest once{.caller = "004:9", .key = "k", .body = "b"};
  const std::string id = jobs_.Execute(job, kFast, once).value();
  EXPECT_EQ(jobs_.Execute(job, kFast, once).value(), id);
  EXPECT_EQ(queue_.Value("SELECT count(*) FROM named_job"), "1");
}

TEST_F(NamedJobRepositoryTest, IdsOfOtherFamilies_AreUnknown) {
  const std::string task = queue_.Enqueue({.family = "003", .operation = "parse"}).id;
  EXPECT_TRUE(absl::IsNotFound(jobs_.Get(task).status()));
  EXPECT_TRUE(absl::IsNotFound(jobs_.Delete(task, Anybody)));
}

}  // namespace
}  // namespace jobmesh::scraper::named_jobs
