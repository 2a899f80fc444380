#pragma once

#include <memory>
#include <string>

#include "absl/time/time.h"

#include "gateway/http/exchange.h"
#include "gateway/routes/catalog.h"
#include "gateway/session/gateway.h"
#include "runtime/telemetry/trace.h"

namespace jobmesh::gateway::session {

// One plain HTTP request that a route took: what all steps of its answer share. Made once a
// request; Mark and the accessors are thread-safe.
class RoutedRequest {
 public:
  RoutedRequest(Gateway& gateway, std::shared_ptr<http::Exchange> exchange,
                std::shared_ptr<const routes::Catalog> catalog, routes::RouteMatch match);

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

  // Adds what every answer of a route carries: request id, trace id, what CORS asks for.
  void Mark(http::Headers& headers) const;
  // Counts and logs the answer once it is known, a stream at its end. Call it exactly once.
  void Finished(int http_status) const;
  // Answers with one response: Mark, Finished, Respond.
  void Answer(http::Response response) const;
  // Answers with an error in the style of the route.
  void Fail(const absl::Status& status) const;

 private:
  Gateway& gateway_;
  const std::shared_ptr<http::Exchange> exchange_;
  const std::shared_ptr<const routes::Catalog> catalog_;  // keeps the route and its tables
  const routes::RouteMatch match_;
  const absl::Time start_;
  const std::string request_id_;
  const runtime::telemetry::TraceContext trace_;
  const std::string token_;
};

}  // namespace jobmesh::gateway::session
