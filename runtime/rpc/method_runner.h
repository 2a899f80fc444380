#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/support/server_callback.h"
#include "prometheus/registry.h"

#include "jobmesh/options/v1/options.pb.h"
#include "runtime/auth/mesh_token.h"
#include "runtime/auth/token_verifier.h"
#include "runtime/lifecycle/worker_pool.h"
#include "runtime/rpc/call_context.h"
#include "runtime/rpc/open_streams.h"
#include "runtime/telemetry/metrics.h"

namespace jobmesh::runtime::rpc {

// What all methods of one server share.
struct ServerCore {
  std::string domain;  // of errors: "user-service.jobmesh"
  std::shared_ptr<prometheus::Registry> metrics;
  const auth::MeshToken& mesh_token;
  auth::TokenVerifier* verifier;  // null: no method needs a user
  std::unique_ptr<lifecycle::WorkerPool> workers;
  OpenStreams streams;
};

// Runs the calls of one method: everything around a handler that is the same for all (request id,
// trace, authentication, metrics, log line, exception barrier, deadline). Thread-safe.
class MethodRunner {
 public:
  MethodRunner(ServerCore& core, const google::protobuf::MethodDescriptor& method);

  // The reactor of a unary call whose handler runs on a worker thread.
  grpc::ServerUnaryReactor* RunUnary(grpc::CallbackServerContext* context,
                                     std::function<absl::Status(const CallContext&)> handler);

  // For streams, which run their handler themselves: the context of a call that may go on, or why
  // it may not.
  absl::StatusOr<CallContext> Begin(const grpc::CallbackServerContext& context);
  // Counts and logs the end of a call.
  grpc::Status End(const absl::Status& status, absl::Time start,
                   const telemetry::TraceContext& trace);
  // Runs `work` with exceptions turned into INTERNAL.
  absl::Status Guard(const std::function<absl::Status()>& work);

  telemetry::RpcMetrics& metrics() { return metrics_; }
  lifecycle::WorkerPool& workers() { return *core_.workers; }
  OpenStreams& streams() { return core_.streams; }

 private:
  absl::Status Authenticate(const CallContext::Builder& call,
                            std::optional<auth::Principal>* principal);

  ServerCore& core_;
  const std::string full_name_;
  const options::v1::Auth auth_;
  telemetry::RpcMetrics metrics_;
};

}  // namespace jobmesh::runtime::rpc
