#include "scraper-service/datasets/executors.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "nlohmann/json.hpp"

#include "runtime/status_macros.h"
#include "runtime/telemetry/log.h"
#include "scraper-service/datasets/dataset_build.h"
#include "scraper-service/imports/job_status.h"
#include "scraper-service/tasks/task_repository.h"

namespace jobmesh::scraper::datasets {
namespace {

using imports::kBuildQueue;
using imports::kBuilt;
using imports::kImporting;
using imports::kManagerQueue;
using imports::kQueued;
using nlohmann::json;
using runtime::postgres::Tx;
using tasks::NextPhase;
using tasks::OnCrash;
using tasks::Outcome;
using tasks::TaskRepository;
using tasks::TaskRun;

// A file may be on its way while its job is there already.
constexpr absl::Duration kFilePause = absl::Seconds(10);
constexpr absl::Duration kSecondLook = absl::Seconds(3);

Outcome EndOf(TaskRun& run, const absl::Status& status) {
  return absl::IsAborted(status) || run.cancel().cancelled() ? Outcome::Stop()
                                                             : Outcome::Fail(status);
}

// First phase of ADD, CHANGE and PATCH_METADATA.
Outcome Build(TaskRun& run, const ExecutorParts& parts) {
  const std::string dataset = run.task().target;
  if (!imports::IsDatasetName(dataset)) {
    return Outcome::GiveUp(absl::InvalidArgumentError(
        absl::StrCat(dataset, " is no name of a dataset: A-Z, 0-9 and _, a letter first")));
  }
  if (absl::Status shown = run.SetPhase("validating"); !shown.ok()) {
    return EndOf(run, shown);
  }
  absl::StatusOr<TarFile> tar = parts.input.Open(dataset);
  if (absl::IsNotFound(tar.status())) {
    return Outcome::RetryAfter(tar.status(), kFilePause);
  }
  if (!tar.ok()) {
    return EndOf(
        run, absl::InvalidArgumentError(absl::StrCat(dataset, ".tar ", tar.status().message())));
  }
  if (absl::Status built = BuildDraft(run, *tar, parts.drafts, *parts.vocabulary.Get());
      !built.ok()) {
    return EndOf(run, built);
  }
  return Outcome::Advance(
      NextPhase{.queue = kManagerQueue, .phase = kBuilt, .on_crash = OnCrash::kRequeue},
      [job = run.task().id](Tx& tx) -> absl::StatusOr<std::string> {
        ASSIGN_OR_RETURN(const int postings, DraftRepository::FinishBuildIn(tx, job));
        RETURN_IF_ERROR(
            TaskRepository::AppendLogIn(tx, job, {absl::StrCat("Built ", postings, " postings")}));
        return std::string();
      });
}

// Somebody outside said that a job is built, of which nothing was built here.
Outcome TakeOverNothing(TaskRun& run, const ExecutorParts& parts) {
  if (run.task().attempt < 2) {
    return Outcome::RetryAfter(absl::NotFoundError("Nothing was built here: looking again"),
                               kSecondLook);
  }
  if (parts.input.Open(run.task().target).ok()) {
    run.Log("Nothing was built here: building it now").IgnoreError();
    return Outcome::Advance(
        NextPhase{.queue = kBuildQueue, .phase = kQueued, .on_crash = OnCrash::kFail});
  }
  run.Log("Nothing was built here, so there was nothing to import").IgnoreError();
  return Outcome::Complete();
}

// Second phase.
Outcome TakeOver(TaskRun& run, const ExecutorParts& parts) {
  const tasks::Task& job = run.task();
  absl::StatusOr<std::optional<struct Build>> build = parts.drafts.FindBuild(job.id);
  if (!build.ok()) {
    return EndOf(run, build.status());
  }
  if (!build->has_value()) {
    return TakeOverNothing(run, parts);
  }
  if (absl::Status shown = run.SetPhase(kImporting); !shown.ok()) {
    return EndOf(run, shown);
  }
  return Outcome::CompleteWith([job, mark = (*build)->file_mark,
                                input = &parts.input](Tx& tx) -> absl::StatusOr<std::string> {
    RETURN_IF_ERROR(DraftRepository::TakeOverIn(tx, job));
    // Last: the file is needed no more once the build is there, whatever becomes of the commit.
    if (absl::Status moved = input->Archive(job.target, mark); !moved.ok()) {
      RETURN_IF_ERROR(TaskRepository::AppendLogIn(tx, job.id, {std::string(moved.message())}));
    }
    return std::string();
  });
}

Outcome BuildOrTakeOver(TaskRun& run, const ExecutorParts& parts) {
  return run.task().queue == kManagerQueue ? TakeOver(run, parts) : Build(run, parts);
}

std::string ParameterOf(const tasks::Task& job, const char* name) {
  const json parameters = json::parse(job.payload, nullptr, false);
  return parameters.is_object() && parameters.contains(name) && parameters[name].is_string()
             ? parameters[name].get<std::string>()
             : "";
}

// A change of the datastore that is one transaction.
tasks::Handler OneStep(std::function<absl::Status(Tx&, const tasks::Task&)> change) {
  return [change = std::move(change)](TaskRun& run) {
    return Outcome::CompleteWith([change, job = run.task()](Tx& tx) -> absl::StatusOr<std::string> {
      RETURN_IF_ERROR(change(tx, job));
      return std::string();
    });
  };
}

absl::Status Release(Tx& tx, const tasks::Task& job) {
  if (job.target != imports::kDatastore) {
    return absl::InvalidArgumentError("target: a BUMP needs the target DATASTORE");
  }
  ASSIGN_OR_RETURN(const ReleaseCounts counts, DraftRepository::ReleaseIn(tx, job));
  return TaskRepository::AppendLogIn(
      tx, job.id,
      {absl::StrCat("Released ", counts.datasets, " datasets: ", counts.created, " postings new, ",
                    counts.updated, " changed, ", counts.closed, " closed")});
}

Outcome DeleteArchive(TaskRun& run, const InputDirectory& input) {
  const std::string dataset = run.task().target;
  if (!imports::IsDatasetName(dataset)) {
    return Outcome::GiveUp(absl::InvalidArgumentError(dataset + " is no name of a dataset"));
  }
  const absl::Status deleted = input.DeleteArchived(dataset);
  // A run that died may have deleted it.
  return deleted.ok() || run.task().rescues > 0 ? Outcome::Complete() : Outcome::Fail(deleted);
}

}  // namespace

std::map<std::string, tasks::Handler> MakeExecutors(const ExecutorParts& parts) {
  const auto build = [parts](TaskRun& run) { return BuildOrTakeOver(run, parts); };
  return {
      {"ADD", build},
      {"CHANGE", build},
      {"PATCH_METADATA", build},
      {"SET_STATUS", OneStep([](Tx& tx, const tasks::Task& job) {
         return DraftRepository::SetStatusIn(tx, job.target, ParameterOf(job, "releaseStatus"));
       })},
      {"DELETE_DRAFT", OneStep([](Tx& tx, const tasks::Task& job) {
         return DraftRepository::DeleteDraftIn(tx, job.target);
       })},
      {"REMOVE", OneStep([](Tx& tx, const tasks::Task& job) {
         return DraftRepository::RemoveIn(tx, job.target, ParameterOf(job, "description"));
       })},
      {"ROLLBACK_REMOVE", OneStep([](Tx& tx, const tasks::Task& job) {
         return DraftRepository::RollbackRemoveIn(tx, job.target);
       })},
      {"BUMP", OneStep(Release)},
      {"DELETE_ARCHIVE",
       [input = &parts.input](TaskRun& run) { return DeleteArchive(run, *input); }},
  };
}

}  // namespace jobmesh::scraper::datasets
