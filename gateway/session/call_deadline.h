#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "gateway/http/message.h"

namespace jobmesh::gateway::session {

// How long a call may take.
struct CallDeadline {
  absl::Duration timeout;
  // Shorter than what the rpc is given.
  bool is_callers = false;
};

// The least of what the rpc is given (`policy`, may be infinite) and what the request asks for:
//
// - `Grpc-Timeout`: one to eight digits and a unit H M S m u n
//   (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, "TimeoutValue TimeoutUnit"),
// - `X-Request-Timeout`: seconds as a decimal number, or with the unit `s` or `ms`.
//
// INVALID_ARGUMENT for anything else under these names.
absl::StatusOr<CallDeadline> DeadlineOf(const http::Request& request, absl::Duration policy);

}  // namespace jobmesh::gateway::session
