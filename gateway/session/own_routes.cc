#include "gateway/session/own_routes.h"

#include <utility>

#include "nlohmann/json.hpp"

#include "gateway/routes/catalog.h"
#include "gateway/session/media_type.h"
#include "runtime/version.h"

namespace jobmesh::gateway::session {
namespace {

constexpr char kJson[] = "application/json";

// "/" for programs and curl: what there is to call.
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

// Browsers, which ask for HTML before anything else, get the page about the API.
http::Response Front(const http::Request& request, const routes::Catalog& catalog) {
  static constexpr std::string_view kOffered[] = {kJson, "text/html"};
  const bool wants_page = Negotiate(request.headers.Find("accept"), kOffered) == 1;
  http::Response response;
  if (wants_page) {
    response.status = 302;
    response.headers.Set("Location", "/docs");
  } else {
    response = http::MakeResponse(200, kJson, Index(catalog));
  }
  response.headers.Set("Vary", "Accept");
  return response;
}

http::Response Status(bool draining) {
  return draining ? http::MakeResponse(503, kJson, R"({"msg":"Gateway is draining"})")
                  : http::MakeResponse(200, kJson, R"({"msg":"Gateway is running!"})");
}

}  // namespace

void OwnRoutes::Add(std::string path, Answer answer) {
  answers_.insert_or_assign(std::move(path), std::move(answer));
}

std::optional<OwnRoutes::Found> OwnRoutes::Find(std::string_view method,
                                                std::string_view path) const {
  while (path.size() > 1 && path.ends_with('/')) {
    path.remove_suffix(1);
  }
  const auto it = answers_.find(path);
  if (it == answers_.end()) {
    return std::nullopt;
  }
  const bool is_read = method == "GET" || method == "HEAD";
  return Found{.path = it->first, .answer = is_read ? &it->second : nullptr};
}

const std::vector<std::string>& OwnRoutes::Methods() {
  static const std::vector<std::string> methods{"GET", "HEAD"};
  return methods;
}

void AddIndexAndStatus(CurrentCatalog catalog, std::function<bool()> draining,
                       OwnRoutes& own_routes) {
  own_routes.Add("/", [catalog = std::move(catalog)](const http::Request& request) {
    return Front(request, *catalog());
  });
  own_routes.Add("/status", [draining = std::move(draining)](const http::Request&) {
    return Status(draining());
  });
}

}  // namespace jobmesh::gateway::session
