#include "scraper-service/tasks/idempotency.h"

#include "scraper_sql.h"

#include "runtime/errors.h"
#include "runtime/sha256.h"
#include "runtime/status_macros.h"

namespace jobmesh::scraper::tasks {

absl::StatusOr<std::optional<std::string>> FindAnswerIn(runtime::postgres::Tx& tx,
                                                        const IdempotentRequest& request) {
  RETURN_IF_ERROR(tx.Execute(sql::kLockIdempotencyKey, request.caller, request.key).status());
  ASSIGN_OR_RETURN(pqxx::result rows,
                   tx.Execute(sql::kFindIdempotentAnswer, request.caller, request.key));
  if (rows.empty()) {
    return std::optional<std::string>();
  }
  if (rows[0][0].c_str() != runtime::Sha256Hex(request.body)) {
    return runtime::Error(absl::StatusCode::kInvalidArgument,
                          runtime::ErrorReason::IDEMPOTENCY_KEY_REUSED,
                          "This Idempotency-Key came with another request before");
  }
  return std::optional<std::string>(rows[0][1].c_str());
}

absl::Status KeepAnswerIn(runtime::postgres::Tx& tx, const IdempotentRequest& request,
                          const std::string& answer) {
  return tx
      .Execute(sql::kKeepIdempotentAnswer, request.caller, request.key,
               runtime::Sha256Hex(request.body), answer)
      .status();
}

}  // namespace jobmesh::scraper::tasks
