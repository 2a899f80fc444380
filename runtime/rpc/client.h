#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "grpcpp/support/byte_buffer.h"
#include "prometheus/registry.h"

#include "runtime/auth/mesh_token.h"
#include "runtime/policy/circuit_breaker.h"
#include "runtime/policy/load_balancer.h"
#include "runtime/rpc/call_context.h"
#include "runtime/rpc/endpoints.h"
#include "runtime/rpc/raw_stream.h"

namespace jobmesh::runtime::rpc {

struct CallOptions {
  // Time the whole call may take, all tries together.
  absl::Duration timeout = absl::Seconds(5);
  // May be retried on another instance after UNAVAILABLE.
  bool idempotent = false;
  // The timeout is a wish of the caller, shorter than what the method is given: missing it says
  // nothing of the instance.
  bool is_callers_timeout = false;
  // Presents the mesh token: for MESH methods.
  bool as_mesh = false;
  // Request headers (lower case).
  Metadata headers;
  // Key for a consistent-hashing balancer; unused by others.
  std::string affinity_key;
};

// What came back, still as wire bytes.
struct RawResult {
  absl::Status status;
  std::string body;
  Metadata headers;   // first metadata of the answer
  Metadata trailers;  // last metadata of the answer
};

struct ClientOptions {
  // "round_robin" or "least_request".
  std::string load_balancer = "least_request";
  int max_tries = 3;
  policy::CircuitBreakerOptions breaker = {};
};

// Ends a raw call early. Thread-safe; does nothing when the call is over.
using CancelCall = std::function<void()>;

// Calls one service through the mesh: picks a live instance, passes deadline and trace on, retries
// idempotent calls on another instance inside the deadline and a budget, and leaves out instances
// whose breaker is open. A call that an instance does not implement, because it is of an older
// version, is tried on others whatever it does. With no instance left the call fails at once:
// UNAVAILABLE, reason NO_INSTANCE, retry_after_seconds. Thread-safe.
class Client {
 public:
  // `endpoints`, `mesh_token` must outlive the client.
  Client(std::string service, Endpoints& endpoints, const auth::MeshToken& mesh_token,
         std::shared_ptr<prometheus::Registry> metrics, ClientOptions options = {});
  ~Client();

  // Blocking. `method` is "package.Service/Method".
  template <class Response>
  absl::StatusOr<Response> Call(std::string_view method, const google::protobuf::Message& request,
                                const CallOptions& options = {}) {
    absl::StatusOr<std::string> body = CallBlocking(method, request, options);
    if (!body.ok()) {
      return body.status();
    }
    Response response;
    if (!response.ParseFromString(*body)) {
      return absl::InternalError("the response could not be parsed");
    }
    return response;
  }

  // `done` runs once, on the event loop of the calling thread or else that of the process
  // (event_loop.h), and must not block. It may run before CallRaw returns only when no instance is
  // left.
  CancelCall CallRaw(std::string_view method, std::string request, CallOptions options,
                     std::function<void(RawResult)> done);

  // A bidirectional stream of raw messages on one instance; see raw_stream.h.
  std::shared_ptr<RawStream> OpenStream(std::string_view method, const CallOptions& options,
                                        RawStreamEvents events);

  // A call with one request that is answered by a stream. Until the answer has begun it is retried
  // like CallRaw's. Messages are read on demand whatever `events` says.
  std::shared_ptr<ServerStream> CallServerStream(std::string_view method, std::string request,
                                                 const CallOptions& options,
                                                 RawStreamEvents events);

  const std::string& service() const;
  // One line an instance: address, in flight, breaker; for /statusz.
  std::string DescribeInstances() const;

 private:
  class Impl;
  absl::StatusOr<std::string> CallBlocking(std::string_view method,
                                           const google::protobuf::Message& request,
                                           const CallOptions& options);
  std::shared_ptr<Impl> impl_;
};

}  // namespace jobmesh::runtime::rpc
