#include "gateway/session/gateway.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "nlohmann/json.hpp"

#include "gateway/session/call_headers.h"
#include "gateway/session/error_response.h"
#include "gateway/session/request_session.h"
#include "gateway/session/websocket_session.h"
#include "runtime/version.h"

namespace jobmesh::gateway::session {
namespace {

// A member of std::visit's set of functions.
template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

constexpr std::string_view kStatusPath = "/status";

// Paths that the gateway answers itself.
bool IsOwn(std::string_view path) { return path == "/" || path == kStatusPath; }

// "/" for whoever opens the address in a browser or with curl: what there is to call.
std::string Index(const routes::Catalog& catalog) {
  nlohmann::ordered_json routes = nlohmann::json::array();
  for (const auto& route : catalog.routes().routes()) {
    const bool is_websocket = route->http_method == routes::kWebSocketMethod;
    routes.push_back({{"method", is_websocket ? "GET (WebSocket)" : route->http_method},
                      {"path", route->path.text},
                      {"service", route->owner}});
  }
  return nlohmann::ordered_json{
             {"service", "gateway"}, {"version", runtime::kVersion}, {"routes", routes}}
             .dump(2) +
         "\n";
}

}  // namespace

Gateway::Gateway(Parts parts)
    : parts_(std::move(parts)), cors_(parts_.cors_origins), metrics_(*parts_.metrics) {}

void Gateway::Handle(std::shared_ptr<http::Exchange> exchange) {
  if (HandleOwn(*exchange)) {
    return;
  }
  const http::Request& request = exchange->request;
  std::shared_ptr<const routes::Catalog> catalog = parts_.catalog.Get();
  const bool upgrade = exchange->is_websocket_upgrade();
  routes::RouteResult result =
      IsOwn(request.path())
          ? routes::MethodNotAllowed{{"GET", "HEAD"}}
          : catalog->routes().Match(upgrade ? routes::kWebSocketMethod : request.method,
                                    request.path());
  const auto refuse = [&](http::Response response) {
    response.headers.Set("X-Request-ID", RequestIdOf(request));
    cors_.Mark(request, response);
    metrics_.Started();
    metrics_.Finished(request.method, "none", response.status, absl::ZeroDuration());
    exchange->Respond(std::move(response));
  };
  std::visit(Overloaded{[&](routes::RouteMatch& match) {
                          upgrade ? StartWebSocket(*this, *exchange, catalog, *match.route)
                                  : StartRequest(*this, exchange, catalog, std::move(match));
                        },
                        [&](const routes::RouteNotFound&) {
                          refuse(EdgeError(404, "There is nothing at this path"));
                        },
                        [&](const routes::MethodNotAllowed& other) {
                          if (Cors::IsPreflight(request)) {
                            refuse(cors_.Preflight(request, other.allow));
                            return;
                          }
                          http::Response response =
                              other.allow.empty()
                                  ? EdgeError(426, "This path is a WebSocket")
                                  : EdgeError(405, "This path does not take this method");
                          if (!other.allow.empty()) {
                            response.headers.Add("Allow", absl::StrJoin(other.allow, ", "));
                          }
                          if (request.method == "OPTIONS" && !other.allow.empty()) {
                            response.status = 204;
                            response.body.clear();
                          }
                          refuse(std::move(response));
                        },
                        [&](const routes::BadPath& bad) { refuse(EdgeError(400, bad.reason)); }},
             result);
}

bool Gateway::HandleOwn(http::Exchange& exchange) {
  const http::Request& request = exchange.request;
  if ((request.method != "GET" && request.method != "HEAD") || !IsOwn(request.path())) {
    return false;
  }
  http::Response response;
  if (request.path() == kStatusPath) {
    const bool draining = parts_.process.draining();
    response = http::MakeResponse(
        draining ? 503 : 200, "application/json",
        draining ? R"({"msg":"Gateway is draining"})" : R"({"msg":"Gateway is running!"})");
  } else {
    response = http::MakeResponse(200, "application/json", Index(*parts_.catalog.Get()));
  }
  response.headers.Set("X-Request-ID", RequestIdOf(request));
  cors_.Mark(request, response);
  metrics_.Started();
  metrics_.Finished(request.method, std::string(request.path()), response.status,
                    absl::ZeroDuration());
  exchange.Respond(std::move(response));
  return true;
}

runtime::rpc::Client& Gateway::ClientOf(const std::string& service) {
  absl::MutexLock lock(&mutex_);
  std::unique_ptr<runtime::rpc::Client>& client = clients_[service];
  if (client == nullptr) {
    client = std::make_unique<runtime::rpc::Client>(
        service, parts_.directory, parts_.mesh_token, parts_.metrics,
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
