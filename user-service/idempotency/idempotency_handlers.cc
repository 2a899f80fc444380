#include "user-service/idempotency/idempotency_handlers.h"

#include <algorithm>

#include "runtime/errors.h"
#include "runtime/status_macros.h"

namespace jobmesh::user {
namespace {

namespace v1 = idempotency::v1;
using runtime::InvalidField;
using runtime::rpc::CallContext;

constexpr size_t kLongestCaller = 200;
constexpr size_t kLongestKey = 255;
constexpr size_t kHashSize = 32;
constexpr int kLongestLock = 3600;

// What is stored as text must be text: a key is printable ASCII wherever it comes from.
bool IsText(const std::string& text, size_t longest) {
  return !text.empty() && text.size() <= longest &&
         std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

template <class Request>
absl::Status Validate(const Request& request) {
  if (!IsText(request.caller(), kLongestCaller)) {
    return InvalidField("caller", "must have 1 to 200 printable characters");
  }
  if (!IsText(request.key(), kLongestKey)) {
    return InvalidField("key", "must have 1 to 255 printable characters");
  }
  if (!IsText(request.lock_token(), kLongestKey)) {
    return InvalidField("lock_token", "must have 1 to 255 printable characters");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::BeginResponse> IdempotencyHandlers::Begin(const CallContext& /*call*/,
                                                             const v1::BeginRequest& request) {
  RETURN_IF_ERROR(Validate(request));
  if (request.request_hash().size() != kHashSize) {
    return InvalidField("request_hash", "must have 32 bytes");
  }
  if (request.lock_seconds() < 1 || request.lock_seconds() > kLongestLock) {
    return InvalidField("lock_seconds", "must be 1 to 3600");
  }
  return requests_.Begin(request);
}

absl::StatusOr<v1::EndResponse> IdempotencyHandlers::End(const CallContext& /*call*/,
                                                         const v1::EndRequest& request) {
  RETURN_IF_ERROR(Validate(request));
  RETURN_IF_ERROR(requests_.End(request));
  return v1::EndResponse();
}

std::unique_ptr<runtime::rpc::Service> IdempotencyHandlers::MakeService(
    IdempotencyHandlers* handlers) {
  auto service =
      std::make_unique<runtime::rpc::Service>("jobmesh.idempotency.v1.IdempotencyService");
  service->Unary("Begin", handlers, &IdempotencyHandlers::Begin)
      .Unary("End", handlers, &IdempotencyHandlers::End);
  return service;
}

}  // namespace jobmesh::user
