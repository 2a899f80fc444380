#pragma once

#include <functional>
#include <string>

#include "gateway/session/own_routes.h"
#include "runtime/discovery/directory.h"

namespace jobmesh::gateway::session {

// Health of a service as the registry's checks see it.
enum class ServiceHealth { kUnknown, kServing, kNotServing };

// As the directory sees it: known as soon as an instance was, serving while one may get traffic.
std::function<ServiceHealth(const std::string& service)> HealthIn(
    const runtime::discovery::Directory& directory);

// `/healthz`: whether this gateway takes requests, or, with `?service=user-service`, whether an
// instance of that service does: 200, 503 or 404, and the names of grpc.health.v1 as JSON.
void AddHealth(std::function<bool()> draining,
               std::function<ServiceHealth(const std::string& service)> health_of,
               OwnRoutes& own_routes);

}  // namespace jobmesh::gateway::session
