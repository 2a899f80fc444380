#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "gateway/routes/route.h"

namespace jobmesh::gateway::session {

// The JSON of a route's response, from the wire bytes of the rpc's. INTERNAL when they are
// malformed.
absl::StatusOr<std::string> ResponseBody(const routes::Route& route, std::string_view wire);

}  // namespace jobmesh::gateway::session
