#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"

#include "gateway/http/exchange.h"
#include "gateway/policy/load_shedder.h"
#include "gateway/routes/catalog.h"
#include "gateway/session/gateway.h"
#include "gateway/session/idempotency.h"
#include "gateway/session/traffic.h"
#include "runtime/auth/principal.h"
#include "runtime/telemetry/trace.h"

namespace jobmesh::gateway::session {

// One plain HTTP request that a route took: what all steps of its answer share. Made once a
// request; keeps its place among the requests in work. Mark and the accessors are thread-safe once
// the caller is admitted.
class RoutedRequest : public std::enable_shared_from_this<RoutedRequest> {
 public:
  RoutedRequest(Gateway& gateway, std::shared_ptr<http::Exchange> exchange,
                std::shared_ptr<const routes::Catalog> catalog, routes::RouteMatch match,
                policy::LoadShedder::Ticket ticket);

  Gateway& gateway() const { return gateway_; }
  http::Exchange& exchange() const { return *exchange_; }
  const http::Request& request() const { return exchange_->request; }
  const routes::RouteMatch& match() const { return match_; }
  const routes::Route& route() const { return *match_.route; }
  const routes::MethodPolicy& policy() const { return *match_.route->policy; }
  const std::string& request_id() const { return request_id_; }
  const runtime::telemetry::TraceContext& trace() const { return trace_; }
  // The access token it brought; empty without one.
  const std::string& token() const { return token_; }

  // Who asks; nothing where the route does not want to know.
  void set_principal(runtime::auth::Principal principal) { principal_ = std::move(principal); }
  // Who a limit counts, and who an idempotency key belongs to.
  std::string ClientName() const { return ClientKey(request(), principal_); }
  // The request holds an idempotency key: Answer stores the answer under it first.
  void set_lock(IdempotencyLock lock) { lock_ = std::move(lock); }
  // A stream that has begun no longer counts as a request in work.
  void GiveUpPlace() { ticket_ = {}; }
  // Counts the request against the limits; answers 429 when it is one too many. At most once.
  bool Admit();

  // Adds what every answer of a route carries: request id, trace id, limits, what CORS asks for.
  void Mark(http::Headers& headers) const;
  // Counts and logs the answer once it is known, a stream at its end. Call it exactly once.
  void Finished(int http_status) const;
  // Answers with one response, in the form the client asked for: Mark, Finished, Respond.
  void Answer(http::Response response) const;
  // Answers with an error in the style of the route.
  void Fail(const absl::Status& status) const;

 private:
  void Note(const http::Response& response) const;
  void Send(http::Response response) const;

  Gateway& gateway_;
  policy::LoadShedder::Ticket ticket_;
  const std::shared_ptr<http::Exchange> exchange_;
  const std::shared_ptr<const routes::Catalog> catalog_;  // keeps the route and its tables
  const routes::RouteMatch match_;
  const absl::Time start_;
  const std::string request_id_;
  const runtime::telemetry::TraceContext trace_;
  const std::string token_;
  std::optional<runtime::auth::Principal> principal_;
  RateVerdict rate_;
  std::optional<IdempotencyLock> lock_;
};

}  // namespace jobmesh::gateway::session
