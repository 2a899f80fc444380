#include "scraper-service/datasets/draft_repository.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "scraper_sql.h"

#include "runtime/status_macros.h"
#include "scraper-service/imports/job_status.h"
#include "scraper-service/postings/posting_repository.h"
#include "scraper-service/tasks/task_id.h"

namespace jobmesh::scraper::datasets {
namespace {

namespace postgres = runtime::postgres;
using nlohmann::json;
using postgres::Tx;

constexpr int kPage = 500;
constexpr int kSamePostings = -1;

std::string Uuid(const std::string& job) { return tasks::UuidOfTask(job).value_or(""); }

absl::Status Refused(const std::string& text) { return absl::FailedPreconditionError(text); }

absl::Status Hold(Tx& tx, const tasks::Lease& lease) {
  ASSIGN_OR_RETURN(pqxx::result held,
                   tx.Execute(sql::kHoldTaskLease, Uuid(lease.task_id), lease.token));
  return held.empty() ? absl::AbortedError("the job was taken away") : absl::OkStatus();
}

struct Draft {
  std::string operation;
  std::string build_id;  // "" of a removal
};

absl::StatusOr<std::optional<Draft>> DraftOf(Tx& tx, const std::string& dataset) {
  ASSIGN_OR_RETURN(pqxx::result rows, tx.Execute(sql::kLockImportDraft, dataset));
  if (rows.empty()) {
    return std::optional<Draft>();
  }
  return std::optional<Draft>({rows[0]["operation"].c_str(), rows[0]["build_id"].c_str()});
}

absl::StatusOr<bool> IsReleased(Tx& tx, const std::string& dataset) {
  ASSIGN_OR_RETURN(pqxx::result rows, tx.Execute(sql::kGetImportDataset, dataset));
  return !rows.empty();
}

absl::Status CheckOperationIn(Tx& tx, const std::string& operation, const std::string& dataset) {
  ASSIGN_OR_RETURN(const bool is_released, IsReleased(tx, dataset));
  if (operation == "ADD" && is_released) {
    return Refused(absl::StrCat(dataset, " is released already: CHANGE it"));
  }
  if (operation != "ADD" && !is_released) {
    return Refused(absl::StrCat(dataset, " is not released: ADD it first"));
  }
  ASSIGN_OR_RETURN(const std::optional<Draft> draft, DraftOf(tx, dataset));
  return draft && draft->operation == "REMOVE"
             ? Refused(absl::StrCat(dataset, " is to be removed: ROLLBACK_REMOVE first"))
             : absl::OkStatus();
}

// What a release was asked to do, against what there is: by name, whether it is to be removed.
absl::Status CheckManifesto(const json& manifesto, const std::map<std::string, bool>& pending) {
  for (const json& update : manifesto.value("dataStructureUpdates", json::array())) {
    const auto name = update.value("name", "");
    const auto status = update.value("releaseStatus", "");
    if (status == imports::kDraft) {
      continue;
    }
    const auto draft = pending.find(name);
    if (draft == pending.end() || draft->second != (status != imports::kPendingRelease)) {
      return Refused(absl::StrCat(name, " has no draft that is ", status));
    }
  }
  return absl::OkStatus();
}

absl::Status ReleasePostings(Tx& tx, const std::string& dataset, const std::string& build_id,
                             ReleaseCounts& counts) {
  int place = -1;
  while (true) {
    ASSIGN_OR_RETURN(pqxx::result page,
                     tx.Execute(sql::kImportPostingPage, build_id, place, kPage));
    if (page[0]["last_place"].is_null()) {
      break;
    }
    ASSIGN_OR_RETURN(const WriteCounts written,
                     PostingRepository::UpsertIn(tx, page[0]["rows"].c_str()));
    counts.created += written.created;
    counts.updated += written.updated;
    place = page[0]["last_place"].as<int>();
  }
  ASSIGN_OR_RETURN(pqxx::result keys, tx.Execute(sql::kImportPostingKeys, build_id));
  ASSIGN_OR_RETURN(const int closed, PostingRepository::CloseOthersIn(tx, SourceOf(dataset),
                                                                      keys[0]["keys"].c_str()));
  counts.closed += closed;
  return absl::OkStatus();
}

}  // namespace

std::string SourceOf(const std::string& dataset) { return absl::StrCat("dataset:", dataset); }

absl::Status DraftRepository::BeginBuild(const tasks::Lease& lease, const std::string& dataset,
                                         const std::string& metadata,
                                         const std::string& file_mark) {
  RETURN_IF_ERROR(pool_.Execute(sql::kDeleteStaleImportBuilds).status());
  return pool_.InTransaction([&](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(Hold(tx, lease));
    const std::string build_id = Uuid(lease.task_id);
    RETURN_IF_ERROR(tx.Execute(sql::kDeleteImportBuild, build_id).status());
    return tx.Execute(sql::kBeginImportBuild, build_id, dataset, metadata, file_mark).status();
  });
}

absl::Status DraftRepository::AddPostings(const tasks::Lease& lease, int first_place,
                                          const std::vector<StoredPosting>& postings) {
  const std::string build_id = Uuid(lease.task_id);
  std::vector<postgres::Params> rows;
  rows.reserve(postings.size());
  for (const StoredPosting& posting : postings) {
    rows.push_back(
        postgres::MakeParams(build_id, first_place++, posting.identity_key, posting.json));
  }
  return pool_.InTransaction([&](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(Hold(tx, lease));
    return tx.CopyIn("import_posting", {"build_id", "place", "identity_key", "posting"}, rows);
  });
}

absl::StatusOr<int> DraftRepository::FinishBuildIn(Tx& tx, const std::string& job) {
  ASSIGN_OR_RETURN(pqxx::result rows, tx.Execute(sql::kFinishImportBuild, Uuid(job)));
  return rows.empty() ? absl::StatusOr<int>(absl::InternalError("the build is gone"))
                      : rows[0]["postings"].as<int>();
}

absl::StatusOr<std::optional<Build>> DraftRepository::FindBuild(const std::string& job) {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kGetImportBuild, Uuid(job)));
  if (rows.empty()) {
    return std::optional<Build>();
  }
  return std::optional<Build>({rows[0]["file_mark"].c_str(), rows[0]["postings"].as<int>()});
}

absl::Status DraftRepository::CheckOperation(const std::string& operation,
                                             const std::string& dataset) {
  return pool_.InTransaction([&](Tx& tx) { return CheckOperationIn(tx, operation, dataset); });
}

absl::Status DraftRepository::TakeOverIn(Tx& tx, const tasks::Task& job) {
  RETURN_IF_ERROR(CheckOperationIn(tx, job.operation, job.target));
  ASSIGN_OR_RETURN(const std::optional<Draft> earlier, DraftOf(tx, job.target));
  RETURN_IF_ERROR(
      tx.Execute(sql::kPutImportDraft, job.target, job.operation, imports::kDraft, "", Uuid(job.id))
          .status());
  if (earlier && earlier->build_id != Uuid(job.id)) {
    return tx.Execute(sql::kDeleteImportBuild, earlier->build_id).status();
  }
  return absl::OkStatus();
}

absl::Status DraftRepository::SetStatusIn(Tx& tx, const std::string& dataset,
                                          const std::string& status) {
  ASSIGN_OR_RETURN(const std::optional<Draft> draft, DraftOf(tx, dataset));
  if (!draft) {
    return Refused(absl::StrCat(dataset, " has no draft"));
  }
  const bool removal = draft->operation == "REMOVE";
  if (status == (removal ? imports::kPendingRelease : imports::kPendingDelete)) {
    return Refused(absl::StrCat("a draft that is to ", draft->operation, " cannot be ", status));
  }
  return tx.Execute(sql::kSetImportDraftStatus, dataset, status).status();
}

absl::Status DraftRepository::DeleteDraftIn(Tx& tx, const std::string& dataset) {
  ASSIGN_OR_RETURN(const std::optional<Draft> draft, DraftOf(tx, dataset));
  if (!draft || draft->operation == "REMOVE") {
    return Refused(absl::StrCat(
        dataset, draft ? " is to be removed: ROLLBACK_REMOVE takes that back" : " has no draft"));
  }
  RETURN_IF_ERROR(tx.Execute(sql::kDeleteImportDraft, dataset).status());
  return tx.Execute(sql::kDeleteImportBuild, draft->build_id).status();
}

absl::Status DraftRepository::RemoveIn(Tx& tx, const std::string& dataset,
                                       const std::string& description) {
  ASSIGN_OR_RETURN(const bool is_released, IsReleased(tx, dataset));
  ASSIGN_OR_RETURN(const std::optional<Draft> draft, DraftOf(tx, dataset));
  if (!is_released || draft) {
    return Refused(absl::StrCat(
        dataset, draft ? " has a draft: release or delete it first" : " is not released"));
  }
  return tx
      .Execute(sql::kPutImportDraft, dataset, "REMOVE", imports::kPendingDelete, description,
               std::optional<std::string>())
      .status();
}

absl::Status DraftRepository::RollbackRemoveIn(Tx& tx, const std::string& dataset) {
  ASSIGN_OR_RETURN(const std::optional<Draft> draft, DraftOf(tx, dataset));
  if (!draft || draft->operation != "REMOVE") {
    return Refused(absl::StrCat(dataset, " is not to be removed"));
  }
  return tx.Execute(sql::kDeleteImportDraft, dataset).status();
}

absl::StatusOr<ReleaseCounts> DraftRepository::ReleaseIn(Tx& tx, const tasks::Task& job) {
  const json parameters = json::parse(job.payload, nullptr, false);
  if (!parameters.is_object() || !parameters.contains("bumpManifesto")) {
    return absl::InvalidArgumentError("bumpManifesto: is required");
  }
  const auto from = parameters.value("bumpFromVersion", "");
  const auto to = parameters.value("bumpToVersion", "");
  const json& manifesto = parameters["bumpManifesto"];
  RETURN_IF_ERROR(tx.Execute(sql::kAllowLargeStatements).status());
  ASSIGN_OR_RETURN(pqxx::result last, tx.Execute(sql::kLastImportVersion));
  if (!last.empty() && from != last[0][0].c_str()) {
    return Refused(absl::StrCat("bumpFromVersion: the datastore is at version ", last[0][0].c_str(),
                                ", not ", from));
  }
  ASSIGN_OR_RETURN(pqxx::result drafts, tx.Execute(sql::kLockPendingImportDrafts));
  std::map<std::string, bool> pending;
  for (const pqxx::row& draft : drafts) {
    pending[draft["dataset"].c_str()] = std::string_view(draft["operation"].c_str()) == "REMOVE";
  }
  RETURN_IF_ERROR(CheckManifesto(manifesto, pending));
  ASSIGN_OR_RETURN(pqxx::result stored,
                   tx.Execute(sql::kPutImportVersion, to, from, manifesto.dump(), Uuid(job.id)));
  if (stored.empty()) {
    return Refused(absl::StrCat("bumpToVersion: version ", to, " was released before"));
  }
  RETURN_IF_ERROR(PostingRepository::LockIn(tx, false));
  ReleaseCounts counts;
  for (const pqxx::row& draft : drafts) {
    const std::string dataset = draft["dataset"].c_str();
    const std::string operation = draft["operation"].c_str();
    const std::string build_id = draft["build_id"].c_str();
    ++counts.datasets;
    if (operation == "REMOVE") {
      ASSIGN_OR_RETURN(const int closed,
                       PostingRepository::CloseOthersIn(tx, SourceOf(dataset), "{}"));
      counts.closed += closed;
      RETURN_IF_ERROR(tx.Execute(sql::kDeleteImportDataset, dataset).status());
      RETURN_IF_ERROR(tx.Execute(sql::kDeleteImportDraft, dataset).status());
      continue;
    }
    const bool has_postings = operation != "PATCH_METADATA";
    if (has_postings) {
      RETURN_IF_ERROR(ReleasePostings(tx, dataset, build_id, counts));
    }
    RETURN_IF_ERROR(tx.Execute(sql::kPutImportDataset, dataset, draft["metadata"].c_str(),
                               has_postings ? draft["postings"].as<int>() : kSamePostings, to)
                        .status());
    RETURN_IF_ERROR(tx.Execute(sql::kDeleteImportDraft, dataset).status());
    RETURN_IF_ERROR(tx.Execute(sql::kDeleteImportBuild, build_id).status());
  }
  return counts;
}

}  // namespace jobmesh::scraper::datasets
