#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "jobmesh/idempotency/v1/idempotency.pb.h"
#include "runtime/postgres/pool.h"

namespace jobmesh::user {

// Which requests were carried out, and what was answered. Every time is the database's.
// Thread-safe.
class IdempotencyRepository {
 public:
  explicit IdempotencyRepository(runtime::postgres::Pool& pool) : pool_(pool) {}

  absl::StatusOr<idempotency::v1::BeginResponse> Begin(
      const idempotency::v1::BeginRequest& request);
  // Does nothing when the lock is another's by now.
  absl::Status End(const idempotency::v1::EndRequest& request);
  // What is older than 24 hours.
  absl::Status DeleteOld();

 private:
  runtime::postgres::Pool& pool_;
};

}  // namespace jobmesh::user
