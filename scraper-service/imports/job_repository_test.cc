#include "scraper-service/imports/job_repository.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scraper-service/imports/job_status.h"
#include "scraper-service/tasks/task_fixture.h"

namespace jobmesh::scraper::imports {
namespace {

namespace v1 = jobmesh::imports::v1;
using nlohmann::json;
using ::testing::ElementsAre;

class JobRepositoryTest : public ::testing::Test {
 protected:
  v1::ItemResult Create(const json& job) {
    auto answer = jobs_.Create({Judge(job)}, {"77", "Ada", "Berg"}, {}, true);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer->results(0);
  }
  std::string Add(const std::string& target) {
    const v1::ItemResult result = Create({{"operation", "ADD"}, {"target", target}});
    EXPECT_EQ(result.msg(), "CREATED");
    return result.job_id();
  }
  v1::Job Get(const std::string& id) { return jobs_.Get(id).value(); }
  v1::Target Target(const std::string& name) {
    const std::vector<v1::Target> targets = jobs_.ListTargets().value();
    for (const v1::Target& target : targets) {
      if (target.name() == name) {
        return target;
      }
    }
    return {};
  }

  tasks::TestQueue queue_;
  JobRepository jobs_{queue_.pool, queue_.tasks, absl::ZeroDuration()};
};

TEST_F(JobRepositoryTest, Update_WritesItsLinesInOrder) {
  const std::string id = Add("INCOME");
  ASSERT_TRUE(
      jobs_.Update(id, {.status = "validating", .description = "second", .log = "four"}).ok());
  const v1::Job job = Get(id);
  EXPECT_EQ(job.status(), "validating");
  EXPECT_EQ(job.parameters().description(), "second");
  std::vector<std::string> lines;
  for (const v1::LogLine& line : job.log()) {
    lines.push_back(line.message());
  }
  EXPECT_THAT(lines, ElementsAre("Added update description", "Set status: validating", "four"));
  EXPECT_EQ(Target("INCOME").status(), "validating");
  EXPECT_EQ(Target("INCOME").last_updated_by().user_id(), "77");
}

TEST_F(JobRepositoryTest, EveryStatus_CanBeSetAndIsShown) {
  const std::string id = Add("INCOME");
  for (const std::string_view status : kStatuses) {
    ASSERT_TRUE(jobs_.Update(id, {.status = std::string(status)}).ok() || status == kFailed);
    EXPECT_EQ(Get(id).status(), status == kFailed ? kCompleted : status);
    EXPECT_EQ(Target("INCOME").status(), status == kFailed ? kCompleted : status);
  }
}

TEST_F(JobRepositoryTest, FinishedJobs_AreNotChanged) {
  const std::string id = Add("INCOME");
  ASSERT_TRUE(jobs_.Update(id, {.status = "failed"}).ok());
  EXPECT_EQ(jobs_.Update(id, {.status = "queued"}).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Get(id).log_size(), 1);
  Add("INCOME");
}

TEST_F(JobRepositoryTest, ATarget_HasOneUnfinishedJob) {
  Add("INCOME");
  EXPECT_EQ(Create({{"operation", "CHANGE"}, {"target", "INCOME"}}).msg(),
            "FAILED: Job already in progress for INCOME");
  auto twice = jobs_.Create({Judge({{"operation", "ADD"}, {"target", "RENT"}}),
                             Judge({{"operation", "ADD"}, {"target", "RENT"}})},
                            {"1", "a", "b"}, {}, true);
  EXPECT_EQ(twice->results(0).msg(), "CREATED");
  EXPECT_EQ(twice->results(1).status(), "FAILED");
}

TEST_F(JobRepositoryTest, CompletedRelease_MarksWhatItReleased) {
  const auto update = [](const char* name, const char* status) {
    return json{
        {"name", name}, {"description", ""}, {"operation", "ADD"}, {"releaseStatus", status}};
  };
  const json bump = {
      {"operation", "BUMP"},
      {"target", "DATASTORE"},
      {"description", "d"},
      {"bumpFromVersion", "1,0"},
      {"bumpToVersion", "1.1"},
      {"bumpManifesto",
       {{"version", "1.1"},
        {"description", ""},
        {"releaseTime", 1},
        {"languageCode", "no"},
        {"updateType", "MINOR"},
        {"dataStructureUpdates",
         {update("A", "PENDING_RELEASE"), update("B", "PENDING_DELETE"), update("C", "DRAFT")}}}}};
  const std::string id = Create(bump).job_id();
  EXPECT_THAT(Target("DATASTORE").action(), ElementsAre("BUMP", "1,0", "1.1"));
  ASSERT_TRUE(jobs_.Update(id, {.status = "completed"}).ok());
  EXPECT_THAT(Target("A").action(), ElementsAre("RELEASED", "1.1"));
  EXPECT_THAT(Target("B").action(), ElementsAre("REMOVED", "1.1"));
  EXPECT_EQ(Target("C").name(), "");
  ASSERT_EQ(jobs_.ListOfTarget("B")->size(), 1u);
  EXPECT_EQ(jobs_.ListOfTarget("B")->front().job_id(), id);
  EXPECT_TRUE(jobs_.ListOfTarget("NOBODY")->empty());
}

TEST_F(JobRepositoryTest, FailureOfARun_StandsInTheLog) {
  const std::string id = Add("INCOME");
  const std::vector<tasks::Task> claimed = queue_.Claim(kBuildQueue);
  ASSERT_EQ(claimed.size(), 1u);
  EXPECT_EQ(Get(id).status(), "initiated");
  ASSERT_TRUE(
      queue_.leases.Fail(tasks::LeaseOf(claimed[0]), "no such file", true, std::nullopt).ok());
  EXPECT_EQ(Get(id).status(), "failed");
  EXPECT_EQ(Get(id).log(0).message(), "no such file");
  EXPECT_EQ(Target("INCOME").status(), "failed");
}

TEST_F(JobRepositoryTest, DeadWorkers_LeaveJobsAsTheirOperationWants) {
  const std::string add = Add("INCOME");
  const std::string set =
      Create({{"operation", "SET_STATUS"}, {"target", "RENT"}, {"releaseStatus", "DRAFT"}})
          .job_id();
  ASSERT_EQ(queue_.Claim(kBuildQueue).size(), 1u);
  ASSERT_EQ(queue_.Claim(kManagerQueue).size(), 1u);
  queue_.LetDie("w1");
  ASSERT_TRUE(queue_.queues.Rescue(absl::ZeroDuration()).ok());
  EXPECT_EQ(Get(add).status(), "failed");
  EXPECT_THAT(Get(add).log(0).message(), ::testing::HasSubstr("unexpected interruption"));
  EXPECT_EQ(Get(set).status(), "queued");
}

TEST_F(JobRepositoryTest, Filters_SelectByStatusAndOperation) {
  const std::string a = Add("A");
  const std::string b =
      Create({{"operation", "REMOVE"}, {"target", "B"}, {"description", "d"}}).job_id();
  ASSERT_TRUE(jobs_.Update(b, {.status = "failed"}).ok());
  const auto ids = [&](const JobFilter& filter) {
    std::vector<std::string> found;
    const std::vector<v1::Job> jobs = jobs_.List(filter).value();
    for (const v1::Job& job : jobs) {
      found.push_back(job.job_id());
    }
    return found;
  };
  EXPECT_THAT(ids({}), ElementsAre(a, b));
  EXPECT_THAT(ids({.statuses = {"failed"}}), ElementsAre(b));
  EXPECT_THAT(ids({.operations = {"ADD", "BUMP"}}), ElementsAre(a));
  EXPECT_THAT(ids({.only_unfinished = true}), ElementsAre(a));
  EXPECT_THAT(ids({.after = a}), ElementsAre(b));
  EXPECT_THAT(ids({.limit = 1}), ElementsAre(a));
}

TEST_F(JobRepositoryTest, IdempotencyKey_GivesTheFirstAnswerAgain) {
  const std::vector<JudgedJob> judged = {Judge({{"operation", "ADD"}, {"target", "A"}})};
  const tasks::IdempotentRequest once{.caller = "002:1", .key = "k", .body = "b"};
  auto first = jobs_.Create(judged, {"1", "a", "b"}, once, true);
  auto second = jobs_.Create(judged, {"1", "a", "b"}, once, true);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->SerializeAsString(), second->SerializeAsString());
  EXPECT_EQ(jobs_.List({})->size(), 1u);
}

}  // namespace
}  // namespace jobmesh::scraper::imports
