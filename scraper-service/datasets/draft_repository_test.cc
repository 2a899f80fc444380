#include "scraper-service/datasets/draft_repository.h"

#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/status_macros.h"
#include "scraper-service/datasets/executors.h"
#include "scraper-service/datasets/tar_builder.h"
#include "scraper-service/imports/job_repository.h"
#include "scraper-service/imports/job_status.h"
#include "scraper-service/tasks/task_fixture.h"

namespace jobmesh::scraper::datasets {
namespace {

using imports::JobRepository;
using nlohmann::json;
using tasks::Outcome;

// Runs jobs of document 002 as the worker does, one phase at a time.
class DraftTest : public ::testing::Test {
 protected:
  DraftTest() {
    std::filesystem::create_directories(folder_);
    EXPECT_TRUE(vocabulary_.Start().ok());
  }
  ~DraftTest() override {
    vocabulary_.Stop();
    std::filesystem::remove_all(folder_);
  }

  // A file with postings `titles`, whose ids are their places.
  void PutFile(const std::string& dataset, const std::vector<std::string>& titles) {
    std::string lines;
    for (size_t i = 0; i < titles.size(); ++i) {
      absl::StrAppend(&lines, json{{"id", std::to_string(i)}, {"title", titles[i]}}.dump(), "\n");
    }
    WriteFile(absl::StrCat(folder_, "/", dataset, ".tar"),
              TarBuilder()
                  .Add(dataset + ".json", json{{"name", dataset}}.dump())
                  .Add("chunks/", "", '5')
                  .Add("chunks/1.jsonl", lines)
                  .Finish());
  }

  std::string Create(const json& job) {
    auto answer = jobs_.Create({imports::Judge(job)}, {"1", "A", "B"}, {}, true);
    EXPECT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->results(0).msg(), "CREATED");
    return answer->results(0).job_id();
  }
  // One phase of the job that waits in the queue; the job's status after it.
  std::string RunPhase(const std::string& queue) {
    const std::vector<tasks::Task> claimed = queue_.Claim(queue, 1);
    if (claimed.empty()) {
      return "nothing to do";
    }
    const tasks::Lease lease = tasks::LeaseOf(claimed[0]);
    fetch::CancelToken cancel;
    tasks::TaskRun run(claimed[0], queue_.leases, cancel);
    End(lease, executors_.at(claimed[0].operation)(run));
    return jobs_.Get(claimed[0].id)->status();
  }
  void End(const tasks::Lease& lease, Outcome outcome) {
    absl::Status error;
    if (auto* completed = std::get_if<Outcome::Completed>(&outcome.end)) {
      if (completed->effects) {
        error = queue_.leases.CompleteWith(lease, completed->effects);
      } else {
        EXPECT_TRUE(queue_.leases.Complete({{lease, completed->result}}).ok());
      }
    } else if (auto* advanced = std::get_if<Outcome::Advanced>(&outcome.end)) {
      error = queue_.leases.Advance(lease, advanced->next, advanced->effects).status();
    }
    if (!error.ok()) {
      outcome = Outcome::Fail(error);
    }
    if (auto* failed = std::get_if<Outcome::Failed>(&outcome.end)) {
      EXPECT_TRUE(
          queue_.leases
              .Fail(lease, std::string(failed->error.message()), failed->final, failed->pause)
              .ok());
    }
  }
  std::string Run(const json& job) {
    const std::string id = Create(job);
    std::string status = RunPhase(imports::BuildsDraft(job["operation"].get<std::string>())
                                      ? imports::kBuildQueue
                                      : imports::kManagerQueue);
    if (status == imports::kBuilt) {
      status = RunPhase(imports::kManagerQueue);
    }
    return status;
  }
  std::string Import(const std::string& operation, const std::string& dataset) {
    return Run({{"operation", operation}, {"target", dataset}});
  }
  std::string SetStatus(const std::string& dataset, const std::string& status) {
    return Run({{"operation", "SET_STATUS"}, {"target", dataset}, {"releaseStatus", status}});
  }
  std::string Release(const std::string& from, const std::string& to,
                      const json& updates = json::array()) {
    return Run({{"operation", "BUMP"},
                {"target", "DATASTORE"},
                {"description", "d"},
                {"bumpFromVersion", from},
                {"bumpToVersion", to},
                {"bumpManifesto",
                 {{"version", to},
                  {"description", "d"},
                  {"releaseTime", 1},
                  {"languageCode", "en"},
                  {"updateType", nullptr},
                  {"dataStructureUpdates", updates}}}});
  }
  // Titles of open postings, in order.
  std::string Visible() {
    return queue_.Value(
        "SELECT coalesce(string_agg(title, ',' ORDER BY title), '') FROM posting WHERE open");
  }
  std::string Count(const std::string& table) {
    return queue_.Value(absl::StrCat("SELECT count(*) FROM ", table));
  }

  const std::string folder_ = absl::StrCat(::testing::TempDir(), "draft_test_", getpid());
  tasks::TestQueue queue_;
  SkillRepository skills_{queue_.pool};
  VocabularyKeeper vocabulary_{skills_, std::string(refine::Vocabulary::DefaultFile())};
  InputDirectory input_{folder_};
  DraftRepository drafts_{queue_.pool};
  JobRepository jobs_{queue_.pool, queue_.tasks, absl::ZeroDuration()};
  std::map<std::string, tasks::Handler> executors_ =
      MakeExecutors({.drafts = drafts_, .input = input_, .vocabulary = vocabulary_});
};

TEST_F(DraftTest, NothingIsVisibleBeforeItsRelease) {
  PutFile("A", {"Cook", "Nurse"});
  EXPECT_EQ(Import("ADD", "A"), "completed");
  EXPECT_EQ(Visible(), "");
  EXPECT_EQ(Release("0", "1"), "completed") << "nothing is pending";
  EXPECT_EQ(Visible(), "");
  EXPECT_EQ(SetStatus("A", "PENDING_RELEASE"), "completed");
  EXPECT_EQ(Visible(), "");
  EXPECT_EQ(Release("1", "2"), "completed");
  EXPECT_EQ(Visible(), "Cook,Nurse");
  EXPECT_EQ(queue_.Value("SELECT count(*) FROM outbox"), "2");
  EXPECT_EQ(queue_.Value("SELECT count(DISTINCT xid) FROM outbox"), "1");
  EXPECT_EQ(Count("import_posting"), "0");
  EXPECT_EQ(Count("import_draft"), "0");
  ASSERT_EQ(input_.List().size(), 1u);
  EXPECT_TRUE(input_.List()[0].is_archived);
}

TEST_F(DraftTest, AChange_ReplacesAllPostingsAtOnce) {
  PutFile("A", {"Cook", "Nurse"});
  Import("ADD", "A");
  SetStatus("A", "PENDING_RELEASE");
  Release("0", "1");
  PutFile("A", {"Chef"});
  EXPECT_EQ(Import("ADD", "A"), "failed") << "it is released already";
  EXPECT_EQ(Import("CHANGE", "A"), "completed");
  SetStatus("A", "PENDING_RELEASE");
  EXPECT_EQ(Visible(), "Cook,Nurse");
  EXPECT_EQ(Release("1", "2"), "completed");
  EXPECT_EQ(Visible(), "Chef");
}

TEST_F(DraftTest, ARemoval_CanBeTakenBackOrReleased) {
  PutFile("A", {"Cook"});
  Import("ADD", "A");
  SetStatus("A", "PENDING_RELEASE");
  Release("0", "1");
  const json remove = {{"operation", "REMOVE"}, {"target", "A"}, {"description", "old"}};
  EXPECT_EQ(Run(remove), "completed");
  EXPECT_EQ(Run(remove), "failed");
  EXPECT_EQ(Run({{"operation", "ROLLBACK_REMOVE"}, {"target", "A"}}), "completed");
  EXPECT_EQ(Run({{"operation", "ROLLBACK_REMOVE"}, {"target", "A"}}), "failed");
  EXPECT_EQ(Run(remove), "completed");
  EXPECT_EQ(Visible(), "Cook");
  EXPECT_EQ(Release("1", "2"), "completed");
  EXPECT_EQ(Visible(), "");
  EXPECT_EQ(Count("import_dataset"), "0");
}

TEST_F(DraftTest, DraftsAndArchives_AreDeleted) {
  PutFile("A", {"Cook"});
  Import("ADD", "A");
  EXPECT_EQ(Run({{"operation", "DELETE_DRAFT"}, {"target", "A"}}), "completed");
  EXPECT_EQ(Count("import_posting"), "0");
  EXPECT_EQ(Run({{"operation", "DELETE_DRAFT"}, {"target", "A"}}), "failed");
  EXPECT_EQ(SetStatus("A", "DRAFT"), "failed");
  EXPECT_EQ(Run({{"operation", "DELETE_ARCHIVE"}, {"target", "A"}}), "completed");
  EXPECT_TRUE(input_.List().empty());
  EXPECT_EQ(Run({{"operation", "DELETE_ARCHIVE"}, {"target", "A"}}), "failed");
}

TEST_F(DraftTest, AReleaseThatDoesNotFit_ChangesNothing) {
  PutFile("A", {"Cook"});
  Import("ADD", "A");
  const json update = {{{"name", "A"},
                        {"description", ""},
                        {"operation", "ADD"},
                        {"releaseStatus", "PENDING_RELEASE"}}};
  EXPECT_EQ(Release("0", "1", update), "failed") << "the draft is not pending";
  SetStatus("A", "PENDING_RELEASE");
  EXPECT_EQ(Release("0", "1", update), "completed");
  EXPECT_EQ(Release("0", "2"), "failed") << "the datastore is at 1";
  EXPECT_EQ(Release("1", "1"), "failed") << "1 was released before";
  EXPECT_EQ(Count("import_version"), "1");
}

TEST_F(DraftTest, BadFiles_FailTheirJobsAndLeaveNothing) {
  WriteFile(folder_ + "/A.tar", TarBuilder().Add("A.json", R"({"name":"B"})").Finish());
  EXPECT_EQ(Import("ADD", "A"), "failed");
  WriteFile(folder_ + "/B.tar", TarBuilder()
                                    .Add("B.json", R"({"name":"B"})")
                                    .Add("chunks/1.csv", "id,title\n1,Cook\n2\n")
                                    .Finish());
  const std::string id = Create({{"operation", "ADD"}, {"target", "B"}});
  EXPECT_EQ(RunPhase(imports::kBuildQueue), "failed");
  EXPECT_THAT(jobs_.Get(id)->log(0).message(),
              ::testing::HasSubstr("chunks/1.csv: record 3: has 1 fields"));
  PutFile("C", {"Cook"});
  EXPECT_EQ(Import("ADD", "C"), "completed");  // sweeps what failed
  EXPECT_EQ(Count("import_build"), "1");
}

TEST_F(DraftTest, AMissingFile_IsWaitedFor) { EXPECT_EQ(Import("ADD", "A"), "queued"); }

TEST_F(DraftTest, ARunThatLostItsLease_StoresNothing) {
  PutFile("A", {"Cook"});
  const std::string id = Create({{"operation", "ADD"}, {"target", "A"}});
  const std::vector<tasks::Task> claimed = queue_.Claim(imports::kBuildQueue, 1);
  ASSERT_EQ(claimed.size(), 1u);
  ASSERT_TRUE(jobs_.Update(id, {.status = "failed"}).ok());
  const tasks::Lease lease = tasks::LeaseOf(claimed[0]);
  EXPECT_TRUE(absl::IsAborted(drafts_.BeginBuild(lease, "A", "{}", "")));
  EXPECT_TRUE(absl::IsAborted(drafts_.AddPostings(lease, 0, {{"k", "", "{}"}})));
}

TEST_F(DraftTest, MetadataAlone_CanBeChanged) {
  PutFile("A", {"Cook"});
  Import("ADD", "A");
  SetStatus("A", "PENDING_RELEASE");
  Release("0", "1");
  WriteFile(folder_ + "/A.tar",
            TarBuilder().Add("A.json", R"({"name":"A","description":"new"})").Finish());
  EXPECT_EQ(Import("PATCH_METADATA", "A"), "completed");
  SetStatus("A", "PENDING_RELEASE");
  EXPECT_EQ(Release("1", "2"), "completed");
  EXPECT_EQ(Visible(), "Cook");
  EXPECT_EQ(queue_.Value("SELECT metadata->>'description' || postings FROM import_dataset"),
            "new1");
}

}  // namespace
}  // namespace jobmesh::scraper::datasets
