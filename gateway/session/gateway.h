#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "gateway/http/exchange.h"
#include "gateway/session/cors.h"
#include "gateway/session/http_metrics.h"
#include "gateway/session/idempotency.h"
#include "gateway/session/live_catalog.h"
#include "gateway/session/own_routes.h"
#include "gateway/session/socket_limit.h"
#include "gateway/session/ticker.h"
#include "gateway/session/traffic.h"
#include "runtime/auth/token_verifier.h"
#include "runtime/lifecycle/worker_pool.h"
#include "runtime/rpc/client.h"
#include "runtime/rpc/endpoints.h"

namespace jobmesh::gateway::session {

// Everything the handling of requests needs, shared by all of them. Thread-safe.
class Gateway {
 public:
  // What the gateway is made from; what is referred to outlives it.
  struct Parts {
    CurrentCatalog catalog;
    const OwnRoutes& own_routes;
    runtime::rpc::Endpoints& endpoints;
    runtime::auth::TokenVerifier& verifier;
    const runtime::auth::MeshToken& mesh_token;
    std::shared_ptr<prometheus::Registry> metrics;
    std::vector<std::string> cors_origins;
    std::string load_balancer;  // "round_robin" or "least_request"
    TrafficOptions traffic = {};
  };
  explicit Gateway(Parts parts);

  // Handles one request; does not block.
  void Handle(std::shared_ptr<http::Exchange> exchange);

  // The client of a service, made when first needed.
  runtime::rpc::Client& ClientOf(const std::string& service);
  runtime::auth::TokenVerifier& verifier() { return parts_.verifier; }
  // For what may block, such as fetching keys to check a token.
  runtime::lifecycle::WorkerPool& workers() { return workers_; }
  const Cors& cors() const { return cors_; }
  HttpMetrics& metrics() { return metrics_; }
  Traffic& traffic() { return traffic_; }
  Idempotency& idempotency() { return idempotency_; }
  Ticker& ticker() { return ticker_; }
  SocketLimit& socket_limit() { return socket_limit_; }

  // The process goes: streams are to end by `deadline`.
  void BeginDrain(absl::Time deadline) { drain_deadline_ = absl::ToUnixMillis(deadline); }
  // InfiniteFuture while it stays.
  absl::Time drain_deadline() const {
    const int64_t deadline = drain_deadline_;
    return deadline == 0 ? absl::InfiniteFuture() : absl::FromUnixMillis(deadline);
  }
  // One line an instance, for /statusz.
  std::string DescribeClients() const;

 private:
  // Answers from the cache, where a fresh response is; false elsewhere.
  bool HandleCached(http::Exchange& exchange);
  // To a method that the path does not take: 405, 426 for a WebSocket (nothing allowed), the
  // preflight, or what OPTIONS asks for.
  http::Response OtherMethod(const http::Request& request,
                             const std::vector<std::string>& allow) const;
  // Answers what makes no call; `route` is the label of its metrics.
  void AnswerAtOnce(http::Exchange& exchange, const std::string& route, http::Response response);

  const Parts parts_;
  const Cors cors_;
  HttpMetrics metrics_;
  Traffic traffic_;
  mutable absl::Mutex mutex_;
  std::map<std::string, std::unique_ptr<runtime::rpc::Client>> clients_ ABSL_GUARDED_BY(mutex_);
  Idempotency idempotency_;
  // What waits longer than a second behind four threads had better be sent again.
  runtime::lifecycle::WorkerPool workers_{4, 2000};
  SocketLimit socket_limit_;
  std::atomic<int64_t> drain_deadline_{0};  // ms since 1970
  Ticker ticker_;                           // last: its thread ends before what its members use
};

}  // namespace jobmesh::gateway::session
