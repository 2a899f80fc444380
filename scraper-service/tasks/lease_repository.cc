#include "scraper-service/tasks/lease_repository.h"

#include "absl/strings/str_cat.h"
#include "scraper_sql.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "scraper-service/tasks/task_id.h"
#include "scraper-service/tasks/task_row.h"

namespace jobmesh::scraper::tasks {
namespace {

namespace postgres = runtime::postgres;
using postgres::Tx;

std::string Uuid(const Lease& lease) {
  // What no task has leads to a lease that nobody holds.
  return UuidOfTask(lease.task_id).value_or("00000000-0000-0000-0000-000000000000");
}

absl::Status LeaseLost(const Lease& lease) {
  return runtime::Error(absl::StatusCode::kAborted, runtime::ErrorReason::TASK_LEASE_LOST,
                        absl::StrCat("The run of task ", lease.task_id, " has lost its lease"));
}

absl::StatusOr<TaskState> StateOf(const pqxx::result& rows, const Lease& lease) {
  if (rows.empty()) {
    return LeaseLost(lease);
  }
  return ParseState(rows[0]["state"].c_str()).value_or(TaskState::kAvailable);
}

}  // namespace

absl::Status LeaseRepository::Heartbeat(const std::string& worker_id,
                                        const std::vector<std::string>& queues) {
  return pool_.Execute(sql::kHeartbeatTaskWorker, worker_id, kLease, queues).status();
}

absl::Status LeaseRepository::Forget(const std::string& worker_id) {
  return pool_.Execute(sql::kForgetTaskWorker, worker_id).status();
}

absl::StatusOr<std::vector<Task>> LeaseRepository::Claim(const std::string& worker_id,
                                                         const std::string& queue, int limit) {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kClaimTasks, queue, worker_id, limit));
  std::vector<Task> tasks;
  tasks.reserve(rows.size());
  for (const pqxx::row& row : rows) {
    tasks.push_back(ClaimedTaskOf(row));
    tasks.back().worker_id = worker_id;
  }
  return tasks;
}

absl::StatusOr<std::vector<HeldLease>> LeaseRepository::Held(const std::string& worker_id) {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kCheckTaskLeases, worker_id));
  std::vector<HeldLease> held;
  held.reserve(rows.size());
  for (const pqxx::row& row : rows) {
    held.push_back({.task_id = PublicTaskId(row[0].c_str(), row[3].c_str()),
                    .token = row[1].as<int64_t>(),
                    .cancel_requested = *row[2].c_str() == 't'});
  }
  return held;
}

absl::StatusOr<bool> LeaseRepository::Report(const Lease& lease,
                                             const std::optional<std::string>& phase,
                                             std::optional<double> progress) {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kReportTaskProgress, Uuid(lease),
                                                    lease.token, phase, progress));
  if (rows.empty()) {
    return LeaseLost(lease);
  }
  return *rows[0][0].c_str() == 't';
}

absl::Status LeaseRepository::Log(const Lease& lease, const std::vector<std::string>& lines) {
  if (lines.empty()) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(pqxx::result rows,
                   pool_.Execute(sql::kLogTaskRun, Uuid(lease), lease.token, lines));
  return rows.empty() ? LeaseLost(lease) : absl::OkStatus();
}

absl::Status LeaseRepository::Write(const Lease& lease, const Writes& writes) {
  return pool_.InTransaction([&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(pqxx::result held, tx.Execute(sql::kHoldTaskLease, Uuid(lease), lease.token));
    return held.empty() ? LeaseLost(lease) : writes(tx);
  });
}

absl::StatusOr<std::set<std::string>> LeaseRepository::Complete(
    const std::vector<CompletedRun>& runs) {
  std::vector<std::string> ids;
  std::vector<int64_t> tokens;
  std::string results = "{";  // an array whose elements may be NULL
  std::map<std::string, std::string> public_ids;
  for (const CompletedRun& run : runs) {
    ids.push_back(Uuid(run.lease));
    public_ids[ids.back()] = run.lease.task_id;
    tokens.push_back(run.lease.token);
    const std::string element = postgres::TextArray({run.result});
    absl::StrAppend(&results, results.size() > 1 ? "," : "",
                    run.result.empty() ? "NULL" : element.substr(1, element.size() - 2));
  }
  results += '}';
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kCompleteTasks, ids, tokens, results));
  std::set<std::string> completed;
  for (const pqxx::row& row : rows) {
    completed.insert(public_ids[row[0].c_str()]);
  }
  return completed;
}

absl::Status LeaseRepository::CompleteWith(const Lease& lease, const Effects& effects) {
  return pool_.InTransaction([&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(pqxx::result held, tx.Execute(sql::kHoldTaskLease, Uuid(lease), lease.token));
    if (held.empty()) {
      return LeaseLost(lease);
    }
    ASSIGN_OR_RETURN(const std::string result, effects(tx));
    const std::string array = result.empty() ? "{NULL}" : postgres::TextArray({result});
    return tx
        .Execute(sql::kCompleteTasks, std::vector<std::string>{Uuid(lease)},
                 std::vector<int64_t>{lease.token}, array)
        .status();
  });
}

absl::StatusOr<TaskState> LeaseRepository::Advance(const Lease& lease, const NextPhase& next,
                                                   const Effects& effects) {
  return pool_.InTransaction([&](Tx& tx) -> absl::StatusOr<TaskState> {
    ASSIGN_OR_RETURN(pqxx::result held, tx.Execute(sql::kHoldTaskLease, Uuid(lease), lease.token));
    if (held.empty()) {
      return LeaseLost(lease);
    }
    if (effects) {
      RETURN_IF_ERROR(effects(tx).status());
    }
    ASSIGN_OR_RETURN(pqxx::result rows,
                     tx.Execute(sql::kAdvanceTask, Uuid(lease), lease.token, next.queue, next.phase,
                                next.on_crash == OnCrash::kFail ? "fail" : "requeue"));
    return StateOf(rows, lease);
  });
}

absl::StatusOr<TaskState> LeaseRepository::Fail(const Lease& lease, const std::string& error,
                                                bool final, std::optional<absl::Duration> pause) {
  std::optional<double> pause_ms;
  if (pause) {
    pause_ms = absl::ToDoubleMilliseconds(*pause);
  }
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kFailTask, Uuid(lease), lease.token, error,
                                                    !final, pause_ms));
  return StateOf(rows, lease);
}

absl::StatusOr<std::set<std::string>> LeaseRepository::Release(const std::vector<Lease>& leases,
                                                               absl::Duration pause) {
  std::vector<std::string> ids;
  std::vector<int64_t> tokens;
  for (const Lease& lease : leases) {
    ids.push_back(Uuid(lease));
    tokens.push_back(lease.token);
  }
  std::set<std::string> queues;
  if (ids.empty()) {
    return queues;
  }
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kReleaseTasks, ids, tokens,
                                                    absl::ToInt64Milliseconds(pause)));
  for (const pqxx::row& row : rows) {
    queues.insert(row["queue"].c_str());
  }
  return queues;
}

}  // namespace jobmesh::scraper::tasks
