#include "gateway/session/cors.h"

#include <algorithm>

#include "absl/strings/str_join.h"

namespace jobmesh::gateway::session {

bool Cors::IsPreflight(const http::Request& request) {
  return request.method == "OPTIONS" && request.headers.Find("origin") &&
         request.headers.Find("access-control-request-method");
}

bool Cors::Allows(const http::Request& request) const {
  std::optional<std::string_view> origin = request.headers.Find("origin");
  return origin && std::ranges::find(origins_, *origin) != origins_.end();
}

http::Response Cors::Preflight(const http::Request& request,
                               const std::vector<std::string>& allow) const {
  http::Response response;
  response.status = 204;
  if (Allows(request)) {
    response.headers.Add("Access-Control-Allow-Methods", absl::StrJoin(allow, ", "));
    response.headers.Add(
        "Access-Control-Allow-Headers",
        "Authorization, Content-Type, Idempotency-Key, If-None-Match, X-Request-ID, traceparent");
    response.headers.Add("Access-Control-Max-Age", "600");
  }
  return response;
}

void Cors::Mark(const http::Request& request, http::Headers& headers) const {
  if (origins_.empty()) {
    return;
  }
  headers.Add("Vary", "Origin");
  if (Allows(request)) {
    headers.Add("Access-Control-Allow-Origin", *request.headers.Find("origin"));
    headers.Add("Access-Control-Allow-Credentials", "true");
    headers.Add("Access-Control-Expose-Headers",
                "Age, ETag, Idempotency-Replayed, Location, RateLimit, RateLimit-Policy, "
                "Retry-After, X-Cache, X-Request-ID, X-Jobmesh-Next-Page-Token");
  }
}

}  // namespace jobmesh::gateway::session
