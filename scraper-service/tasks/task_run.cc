#include "scraper-service/tasks/task_run.h"

namespace jobmesh::scraper::tasks {

absl::Status TaskRun::Check(absl::Status status) {
  if (absl::IsAborted(status)) {
    cancel_.Cancel();
  }
  return status;
}

absl::Status TaskRun::SetPhase(const std::string& phase) {
  return Check(leases_.Report({task_.id, task_.lease_token}, phase, std::nullopt).status());
}

absl::Status TaskRun::SetProgress(double progress) {
  return Check(leases_.Report({task_.id, task_.lease_token}, std::nullopt, progress).status());
}

absl::Status TaskRun::LogAll(const std::vector<std::string>& lines) {
  return Check(leases_.Log({task_.id, task_.lease_token}, lines));
}

absl::Status TaskRun::Write(const LeaseRepository::Writes& writes) {
  return Check(leases_.Write({task_.id, task_.lease_token}, writes));
}

Outcome Outcome::Fail(absl::Status error) {
  switch (error.code()) {
    case absl::StatusCode::kCancelled:
      return Stop();
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kDataLoss:
      return GiveUp(std::move(error));
    default:
      return {Failed{std::move(error), false, std::nullopt}};
  }
}

}  // namespace jobmesh::scraper::tasks
