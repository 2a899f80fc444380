#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "runtime/auth/principal.h"
#include "runtime/telemetry/trace.h"

namespace jobmesh::runtime::rpc {

// What a handler knows of its call besides the request. Lives as long as the call; used by one
// thread at a time.
class CallContext {
 public:
  CallContext() = default;

  // When the caller stops waiting; InfiniteFuture when it stated no deadline.
  absl::Time deadline() const { return deadline_; }
  // Time left, never negative.
  absl::Duration TimeLeft() const;
  // Who calls. Present exactly when the method's auth asks for a user.
  const std::optional<auth::Principal>& principal() const { return principal_; }
  const std::string& request_id() const { return request_id_; }
  const telemetry::TraceContext& trace() const { return trace_; }
  // First value of a request header (lower case), or empty.
  std::string_view Header(std::string_view name) const;
  // Address of the caller as gRPC states it.
  const std::string& peer() const { return peer_; }

  // Adds a response header; in a stream, before the handler returns. The gateway passes on
  // `set-cookie`, `location`, `cache-control`, `etag`, `content-disposition` and `x-jobmesh-*`, and
  // everything else as `Grpc-Metadata-…`.
  void AddResponseHeader(std::string name, std::string value) const {
    response_headers_.emplace_back(std::move(name), std::move(value));
  }
  const std::vector<std::pair<std::string, std::string>>& response_headers() const {
    return response_headers_;
  }

  // OK when the principal is `user_id` or an administrator; PERMISSION_DENIED (NOT_PERMITTED)
  // otherwise.
  absl::Status RequireUser(int64_t user_id) const;

  // For tests and for work that a process does on its own behalf.
  struct Builder {
    absl::Time deadline = absl::InfiniteFuture();
    std::optional<auth::Principal> principal;
    std::string request_id;
    telemetry::TraceContext trace;
    std::multimap<std::string, std::string> headers;
    std::string peer;
  };
  explicit CallContext(Builder builder);

 private:
  absl::Time deadline_ = absl::InfiniteFuture();
  std::optional<auth::Principal> principal_;
  std::string request_id_;
  telemetry::TraceContext trace_;
  std::multimap<std::string, std::string> headers_;
  std::string peer_;
  // Handlers take the context by const reference; headers are its one way out.
  mutable std::vector<std::pair<std::string, std::string>> response_headers_;
};

}  // namespace jobmesh::runtime::rpc
