#include "gateway/session/health_route.h"

#include <string_view>
#include <utility>

namespace jobmesh::gateway::session {
namespace {

constexpr std::string_view kParameter = "service=";

http::Response AnswerOf(ServiceHealth health) {
  switch (health) {
    case ServiceHealth::kServing:
      return http::MakeResponse(200, "application/json", R"({"status":"SERVING"})");
    case ServiceHealth::kNotServing:
      return http::MakeResponse(503, "application/json", R"({"status":"NOT_SERVING"})");
    case ServiceHealth::kUnknown:
      break;
  }
  return http::MakeResponse(404, "application/json", R"({"status":"SERVICE_UNKNOWN"})");
}

}  // namespace

std::function<ServiceHealth(const std::string&)> HealthIn(
    const runtime::discovery::Directory& directory) {
  return [&directory](const std::string& service) {
    namespace v1 = jobmesh::discovery::v1;
    bool known = false;
    for (const auto& instance : directory.Instances()) {
      if (instance.service() != service) continue;
      if (instance.health() == v1::HEALTHY) return ServiceHealth::kServing;
      known = true;
    }
    return known ? ServiceHealth::kNotServing : ServiceHealth::kUnknown;
  };
}

void AddHealth(std::function<bool()> draining,
               std::function<ServiceHealth(const std::string&)> health_of, OwnRoutes& own_routes) {
  own_routes.Add("/healthz", [draining = std::move(draining),
                              health_of = std::move(health_of)](const http::Request& request) {
    const std::string_view query = request.query();
    if (query.starts_with(kParameter) && query.size() > kParameter.size()) {
      return AnswerOf(health_of(std::string(query.substr(kParameter.size()))));
    }
    return AnswerOf(draining() ? ServiceHealth::kNotServing : ServiceHealth::kServing);
  });
}

}  // namespace jobmesh::gateway::session
