#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "gateway/session/routed_request.h"

namespace jobmesh::gateway::session {

// Whether the route can read a body of this Content-Type: JSON, also under the type of forms where
// the rpc says so, for rpcs that take a stream one JSON text after another, and anything where the
// body is a google.api.HttpBody.
bool TakesBody(const routes::Route& route, std::string_view content_type);

// The messages that a request is, as wire bytes: one, or, of an rpc that takes a stream, one for
// each element of the body, a JSON array or one JSON text after another. The variables of the path
// and the parameters of the query go into each. INVALID_ARGUMENT with what is wrong.
absl::StatusOr<std::vector<std::string>> RequestMessages(const RoutedRequest& routed);

}  // namespace jobmesh::gateway::session
