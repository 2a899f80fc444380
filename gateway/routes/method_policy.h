#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>

#include "gateway/transcode/json_to_wire.h"
#include "jobmesh/options/v1/options.pb.h"

namespace jobmesh::gateway::routes {

// What jobmesh/options/v1 says about one rpc, with the defaults filled in. Immutable once made.
struct MethodPolicy {
  // AUTH_UNSPECIFIED when the method does not say.
  options::v1::Auth auth = options::v1::AUTH_UNSPECIFIED;
  // HTTP statuses of a success and of an invalid argument.
  int success_status = 200;
  int invalid_status = 400;
  // Of successes for which the service says so in the answer.
  std::vector<int> other_success_statuses;
  // Of the response cache; zero = not cached.
  std::chrono::seconds cache_max_age{0};
  // Request headers the response depends on.
  std::vector<std::string> cache_vary;
  // Requests of one client; zero = not limited.
  std::uint32_t rate_per_minute = 0;
  std::uint32_t rate_burst = 0;
  options::v1::Idempotency idempotency = options::v1::BY_HTTP_METHOD;
  // Time the gateway gives the call; zero = no end, of server streams that state none.
  std::chrono::milliseconds deadline{15'000};
  options::v1::ErrorStyle error_style = options::v1::PROBLEM;
  transcode::UnknownFields unknown_fields = transcode::UnknownFields::kRefuse;
  // Bodies are JSON under the content type of forms too.
  bool form_is_json = false;
  // Names of the cookies that are passed on.
  std::vector<std::string> forward_cookies;
  // Path template of the WebSocket, or empty.
  std::string websocket;
  bool client_streaming = false;
  bool server_streaming = false;

  // Whether a call that came in with this HTTP method may be repeated.
  bool IsIdempotent(const std::string& http_method) const;
};

// Reads the options of `method`, which may be from a pool of its own.
MethodPolicy MethodPolicyOf(const google::protobuf::MethodDescriptor& method);

}  // namespace jobmesh::gateway::routes
