#pragma once

#include <memory>

#include "absl/status/statusor.h"

#include "jobmesh/idempotency/v1/idempotency.pb.h"
#include "runtime/rpc/call_context.h"
#include "runtime/rpc/service.h"
#include "user-service/idempotency/idempotency_repository.h"

namespace jobmesh::user {

// jobmesh.idempotency.v1.IdempotencyService. Thread-safe.
class IdempotencyHandlers {
 public:
  explicit IdempotencyHandlers(IdempotencyRepository& requests) : requests_(requests) {}

  absl::StatusOr<idempotency::v1::BeginResponse> Begin(
      const runtime::rpc::CallContext& call, const idempotency::v1::BeginRequest& request);
  absl::StatusOr<idempotency::v1::EndResponse> End(const runtime::rpc::CallContext& call,
                                                   const idempotency::v1::EndRequest& request);

  // `handlers` must outlive the service.
  static std::unique_ptr<runtime::rpc::Service> MakeService(IdempotencyHandlers* handlers);

 private:
  IdempotencyRepository& requests_;
};

}  // namespace jobmesh::user
