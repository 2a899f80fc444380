#include "user-service/idempotency/idempotency_repository.h"

#include <algorithm>

#include "user_sql.h"
#include <pqxx/binarystring>

#include "runtime/status_macros.h"

namespace jobmesh::user {
namespace {

namespace v1 = idempotency::v1;
using runtime::postgres::Bytes;

// Between the two statements of Begin the row may go: freed, or too old.
constexpr int kTries = 3;

}  // namespace

absl::StatusOr<v1::BeginResponse> IdempotencyRepository::Begin(const v1::BeginRequest& request) {
  v1::BeginResponse response;
  for (int i = 0; i < kTries; ++i) {
    ASSIGN_OR_RETURN(
        const pqxx::result locked,
        pool_.Execute(sql::kBeginIdempotentRequest, request.caller(), request.key(),
                      Bytes{request.request_hash()}, request.lock_token(), request.lock_seconds()));
    if (!locked.empty()) {
      response.set_outcome(v1::BeginResponse::LOCKED);
      return response;
    }
    ASSIGN_OR_RETURN(const pqxx::result found,
                     pool_.Execute(sql::kFindIdempotentRequest, request.caller(), request.key(),
                                   Bytes{request.request_hash()}));
    if (found.empty()) {
      continue;
    }
    if (!found[0]["same"].as<bool>()) {
      response.set_outcome(v1::BeginResponse::OTHER_REQUEST);
    } else if (found[0]["response"].is_null()) {
      response.set_outcome(v1::BeginResponse::RUNNING);
      response.set_retry_after_seconds(std::max(found[0]["lock_seconds"].as<int>(), 1));
    } else if (response.set_outcome(v1::BeginResponse::DONE);
               !response.mutable_response()->ParseFromString(
                   pqxx::binarystring(found[0]["response"]).str())) {
      return absl::InternalError("a stored response cannot be read");
    }
    return response;
  }
  return absl::AbortedError("the idempotency key changes hands");
}

absl::Status IdempotencyRepository::End(const v1::EndRequest& request) {
  if (!request.has_response()) {
    return pool_
        .Execute(sql::kFreeIdempotencyKey, request.caller(), request.key(), request.lock_token())
        .status();
  }
  const std::string response = request.response().SerializeAsString();
  return pool_
      .Execute(sql::kStoreIdempotentResponse, request.caller(), request.key(), request.lock_token(),
               request.response().status(), Bytes{response})
      .status();
}

absl::Status IdempotencyRepository::DeleteOld() {
  return pool_.Execute(sql::kDeleteOldIdempotencyKeys).status();
}

}  // namespace jobmesh::user
