#include "runtime/rpc/call_context.h"

#include <algorithm>

#include "absl/time/clock.h"

#include "runtime/errors.h"

namespace jobmesh::runtime::rpc {

CallContext::CallContext(Builder builder)
    : deadline_(builder.deadline),
      principal_(std::move(builder.principal)),
      request_id_(std::move(builder.request_id)),
      trace_(std::move(builder.trace)),
      headers_(std::move(builder.headers)),
      peer_(std::move(builder.peer)) {}

absl::Duration CallContext::TimeLeft() const {
  return std::max(deadline_ - absl::Now(), absl::ZeroDuration());
}

std::string_view CallContext::Header(std::string_view name) const {
  auto it = headers_.find(std::string(name));
  return it == headers_.end() ? std::string_view() : std::string_view(it->second);
}

absl::Status CallContext::RequireUser(int64_t user_id) const {
  if (principal_ && (principal_->user_id == user_id || principal_->IsAdmin())) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kPermissionDenied, ErrorReason::NOT_PERMITTED,
               "This belongs to another user");
}

}  // namespace jobmesh::runtime::rpc
