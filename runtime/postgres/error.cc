#include "runtime/postgres/error.h"

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include <pqxx/except>

#include "runtime/errors.h"

namespace jobmesh::runtime::postgres {
namespace {

// Payload that keeps the SQLSTATE of a status inside the process.
constexpr char kSqlStateUrl[] = "jobmesh/sqlstate";

std::string SqlStateOf(const std::exception& error) {
  if (const auto* sql = dynamic_cast<const pqxx::sql_error*>(&error)) {
    return sql->sqlstate();
  }
  // libpqxx 6.4 gives class 40 exceptions no code.
  if (dynamic_cast<const pqxx::deadlock_detected*>(&error) != nullptr) {
    return "40P01";
  }
  if (dynamic_cast<const pqxx::serialization_failure*>(&error) != nullptr) {
    return "40001";
  }
  if (dynamic_cast<const pqxx::transaction_rollback*>(&error) != nullptr) {
    return "40000";
  }
  if (dynamic_cast<const pqxx::broken_connection*>(&error) != nullptr) {
    return "08006";
  }
  return "";
}

absl::Status FromSqlState(const std::string& state) {
  if (state == "40001" || state == "40P01") {
    return absl::AbortedError("conflict with a concurrent change; try again");
  }
  if (state == "57014" || state == "55P03") {
    return absl::DeadlineExceededError("the database took too long");
  }
  if (absl::StartsWith(state, "08") || absl::StartsWith(state, "57P0") || state == "53300") {
    return Error(absl::StatusCode::kUnavailable, ErrorReason::DATABASE_UNAVAILABLE,
                 "the database is not available");
  }
  if (state == "23505") {
    return absl::AlreadyExistsError("it exists already");
  }
  if (absl::StartsWith(state, "23")) {
    return absl::FailedPreconditionError("a rule of the database forbids it");
  }
  return absl::InternalError(state.empty() ? "database error" : "database error " + state);
}

}  // namespace

absl::Status ToStatus(const std::exception& error) {
  const std::string state = SqlStateOf(error);
  absl::Status status = FromSqlState(state);
  if (!state.empty()) {
    status.SetPayload(kSqlStateUrl, absl::Cord(state));
  }
  return status;
}

std::string ErrorText(const std::exception& error) {
  const std::string text = error.what();
  return text.substr(0, text.find('\n'));
}

std::string SqlState(const absl::Status& status) {
  absl::optional<absl::Cord> payload = status.GetPayload(kSqlStateUrl);
  return payload ? std::string(*payload) : "";
}

bool IsSerializationFailure(const absl::Status& status) {
  const std::string state = SqlState(status);
  return state == "40001" || state == "40P01";
}

}  // namespace jobmesh::runtime::postgres
