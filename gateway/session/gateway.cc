#include "gateway/session/gateway.h"

#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/str_join.h"
#include "absl/time/clock.h"

#include "gateway/session/access_log.h"
#include "gateway/session/call_headers.h"
#include "gateway/session/error_response.h"
#include "gateway/session/media_type.h"
#include "gateway/session/request_session.h"
#include "gateway/session/websocket_session.h"

namespace jobmesh::gateway::session {
namespace {

// The service that keeps idempotency keys.
constexpr char kIdempotencyKeeper[] = "user-service";
constexpr std::string_view kGrpcType = "application/grpc";
constexpr char kNoGrpcHere[] =
    "This port speaks HTTP/1.1, gRPC needs HTTP/2: call the service itself, whose address "
    "discovery tells";

// A member of std::visit's set of functions.
template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
// GCC 12 knows this by itself, clang 14 does not.
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

}  // namespace

Gateway::Gateway(Parts parts)
    : parts_(std::move(parts)),
      cors_(parts_.cors_origins),
      metrics_(*parts_.metrics),
      traffic_(parts_.traffic, *parts_.metrics),
      idempotency_(ClientOf(kIdempotencyKeeper)) {}

void Gateway::Handle(std::shared_ptr<http::Exchange> exchange) {
  traffic_.trusted_proxies().Unwrap(exchange->request);
  if (HandleCached(*exchange)) {
    return;
  }
  const http::Request& request = exchange->request;
  if (std::optional<OwnRoutes::Found> own =
          parts_.own_routes.Find(request.method, request.path())) {
    own->answer != nullptr
        ? AnswerAtOnce(*exchange, own->path, (*own->answer)(request))
        : AnswerAtOnce(*exchange, own->path, OtherMethod(request, OwnRoutes::Methods()));
    return;
  }
  if (MediaTypeOf(request.headers.Find("content-type").value_or("")).starts_with(kGrpcType)) {
    AnswerAtOnce(*exchange, "none", EdgeError(415, kNoGrpcHere));
    return;
  }
  std::shared_ptr<const routes::Catalog> catalog = parts_.catalog();
  const bool upgrade = exchange->is_websocket_upgrade();
  routes::RouteResult result =
      catalog->routes().Match(upgrade ? routes::kWebSocketMethod : request.method, request.path());
  const auto refuse = [&](http::Response response) {
    AnswerAtOnce(*exchange, "none", std::move(response));
  };
  std::visit(
      Overloaded{
          [&](routes::RouteMatch& match) {
            if (upgrade) {
              StartWebSocket(*this, *exchange, catalog, *match.route);
            } else if (auto ticket = traffic_.Admit()) {
              StartRequest(*this, exchange, catalog, std::move(match), *std::move(ticket));
            } else {
              AnswerAtOnce(
                  *exchange, match.route->path.text,
                  ErrorResponse(absl::UnavailableError("The gateway is overloaded; try again"),
                                match.route->policy->error_style, 400));
            }
          },
          [&](const routes::RouteNotFound&) {
            refuse(EdgeError(404, "There is nothing at this path"));
          },
          [&](const routes::MethodNotAllowed& other) { refuse(OtherMethod(request, other.allow)); },
          [&](const routes::BadPath& bad) { refuse(EdgeError(400, bad.reason)); }},
      result);
}

bool Gateway::HandleCached(http::Exchange& exchange) {
  const absl::Time start = absl::Now();
  const http::Request& request = exchange.request;
  std::string route;
  std::optional<http::Response> response = traffic_.AnswerFromCache(request, &route);
  if (!response) {
    return false;
  }
  metrics_.Started();
  const std::string request_id = RequestIdOf(request);
  const runtime::telemetry::TraceContext trace = TraceOf(request);
  response->headers.Set("X-Request-ID", request_id);
  response->headers.Set("X-Trace-ID", trace.trace_id);
  cors_.Mark(request, response->headers);
  const absl::Duration duration = absl::Now() - start;
  metrics_.Finished(request.method, route, response->status, duration);
  LogAccess(traffic_.access_log(), {.request = request,
                                    .response = *response,
                                    .route = route,
                                    .request_id = request_id,
                                    .trace = &trace,
                                    .user_id = std::nullopt,
                                    .duration = duration});
  exchange.Respond(*std::move(response));
  return true;
}

http::Response Gateway::OtherMethod(const http::Request& request,
                                    const std::vector<std::string>& allow) const {
  if (allow.empty()) {
    return EdgeError(426, "This path is a WebSocket");
  }
  if (Cors::IsPreflight(request)) {
    return cors_.Preflight(request, allow);
  }
  http::Response response = EdgeError(405, "This path does not take this method");
  response.headers.Add("Allow", absl::StrJoin(allow, ", "));
  if (request.method == "OPTIONS") {
    response.status = 204;
    response.headers.Remove("Content-Type");
    response.body.clear();
  }
  return response;
}

void Gateway::AnswerAtOnce(http::Exchange& exchange, const std::string& route,
                           http::Response response) {
  const http::Request& request = exchange.request;
  const std::string request_id = RequestIdOf(request);
  response.headers.Set("X-Request-ID", request_id);
  cors_.Mark(request, response.headers);
  metrics_.Started();
  metrics_.Finished(request.method, route, response.status, absl::ZeroDuration());
  LogAccess(traffic_.access_log(), {.request = request,
                                    .response = response,
                                    .route = route,
                                    .request_id = request_id,
                                    .duration = absl::ZeroDuration()});
  exchange.Respond(std::move(response));
}

runtime::rpc::Client& Gateway::ClientOf(const std::string& service) {
  absl::MutexLock lock(&mutex_);
  std::unique_ptr<runtime::rpc::Client>& client = clients_[service];
  if (client == nullptr) {
    client = std::make_unique<runtime::rpc::Client>(
        service, parts_.endpoints, parts_.mesh_token, parts_.metrics,
        runtime::rpc::ClientOptions{.load_balancer = parts_.load_balancer, .max_tries = 3});
  }
  return *client;
}

std::string Gateway::DescribeClients() const {
  absl::MutexLock lock(&mutex_);
  std::string text;
  for (const auto& [service, client] : clients_) {
    text += client->DescribeInstances();
  }
  return text;
}

}  // namespace jobmesh::gateway::session
