#include "scraper-service/tasks/task_row.h"

#include "runtime/postgres/params.h"
#include "scraper-service/tasks/task_id.h"

namespace jobmesh::scraper::tasks {
namespace {

// By position: looking columns up by name would cost more than reading them.
enum Column {
  kId,
  kFamily,
  kOperation,
  kQueue,
  kState,
  kPhase,
  kEntryPhase,
  kFresh,
  kPriority,
  kRunTime,
  kAttempt,
  kMaxAttempts,
  kRescues,
  kOnCrash,
  kCancelRequested,
  kWorkerId,
  kLeaseToken,
  kTarget,
  kOwner,
  kUniqueKey,
  kLimitKey,
  kPayload,
  kCreatedBy,
  kResult,
  kError,
  kProgress,
  kCreateTime,
  kUpdateTime,
  kStartTime,
  kFinishTime,
};

enum ClaimColumn {
  kClaimedId,
  kClaimedFamily,
  kClaimedOperation,
  kClaimedQueue,
  kClaimedPhase,
  kClaimedAttempt,
  kClaimedMaxAttempts,
  kClaimedRescues,
  kClaimedLeaseToken,
  kClaimedTarget,
  kClaimedOwner,
  kClaimedPayload,
  kClaimedCreatedBy,
  kClaimedFresh,
  kClaimedLimitKey,
};

absl::Time RequiredTime(const pqxx::field& field) {
  return TimeOf(field).value_or(absl::InfinitePast());
}

bool IsTrue(const pqxx::field& field) { return *field.c_str() == 't'; }

}  // namespace

std::optional<absl::Time> TimeOf(const pqxx::field& field) {
  return field.is_null() ? std::nullopt : runtime::postgres::ParseTimestamp(field.c_str());
}

Task TaskOf(const pqxx::row& row) {
  Task task;
  task.family = row[kFamily].c_str();
  task.id = PublicTaskId(row[kId].c_str(), task.family);
  task.operation = row[kOperation].c_str();
  task.queue = row[kQueue].c_str();
  task.state = ParseState(row[kState].c_str()).value_or(TaskState::kAvailable);
  task.phase = row[kPhase].c_str();
  task.entry_phase = row[kEntryPhase].c_str();
  task.fresh = IsTrue(row[kFresh]);
  task.priority = row[kPriority].as<int>();
  task.run_time = RequiredTime(row[kRunTime]);
  task.attempt = row[kAttempt].as<int>();
  task.max_attempts = row[kMaxAttempts].as<int>();
  task.rescues = row[kRescues].as<int>();
  task.on_crash =
      std::string_view(row[kOnCrash].c_str()) == "fail" ? OnCrash::kFail : OnCrash::kRequeue;
  task.cancel_requested = IsTrue(row[kCancelRequested]);
  task.worker_id = row[kWorkerId].c_str();
  task.lease_token = row[kLeaseToken].is_null() ? 0 : row[kLeaseToken].as<int64_t>();
  task.target = row[kTarget].c_str();
  task.owner = row[kOwner].c_str();
  task.unique_key = row[kUniqueKey].c_str();
  task.limit_key = row[kLimitKey].c_str();
  task.payload = row[kPayload].c_str();
  task.created_by = row[kCreatedBy].c_str();
  task.result = row[kResult].c_str();
  task.error = row[kError].c_str();
  task.progress = row[kProgress].as<double>();
  task.create_time = RequiredTime(row[kCreateTime]);
  task.update_time = RequiredTime(row[kUpdateTime]);
  task.start_time = TimeOf(row[kStartTime]);
  task.finish_time = TimeOf(row[kFinishTime]);
  return task;
}

Task ClaimedTaskOf(const pqxx::row& row) {
  Task task;
  task.state = TaskState::kRunning;
  task.family = row[kClaimedFamily].c_str();
  task.id = PublicTaskId(row[kClaimedId].c_str(), task.family);
  task.operation = row[kClaimedOperation].c_str();
  task.queue = row[kClaimedQueue].c_str();
  task.phase = row[kClaimedPhase].c_str();
  task.entry_phase = task.phase;
  task.attempt = row[kClaimedAttempt].as<int>();
  task.max_attempts = row[kClaimedMaxAttempts].as<int>();
  task.rescues = row[kClaimedRescues].as<int>();
  task.lease_token = row[kClaimedLeaseToken].as<int64_t>();
  task.target = row[kClaimedTarget].c_str();
  task.owner = row[kClaimedOwner].c_str();
  task.payload = row[kClaimedPayload].c_str();
  task.created_by = row[kClaimedCreatedBy].c_str();
  task.fresh = IsTrue(row[kClaimedFresh]);
  task.limit_key = row[kClaimedLimitKey].c_str();
  return task;
}

}  // namespace jobmesh::scraper::tasks
