#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

#include "gateway/http/message.h"
#include "jobmesh/options/v1/options.pb.h"

namespace jobmesh::gateway::session {

// The HTTP status that a gRPC code becomes; `invalid_status` is that of INVALID_ARGUMENT. The rest
// of the mapping is grpc-gateway's, which clients know.
int HttpStatusOf(absl::StatusCode code, int invalid_status);

// The response of a failed call, its body in the style of the route's family. Carries Retry-After
// and WWW-Authenticate where they apply.
http::Response ErrorResponse(const absl::Status& status, options::v1::ErrorStyle style,
                             int invalid_status);

// The same of an error that is no gRPC code's, by its HTTP status: 406, 415.
http::Response StyledError(int http_status, std::string_view text, options::v1::ErrorStyle style);

// The problem of RFC 9457 that stands for an error inside a stream, as JSON.
std::string ProblemText(const absl::Status& status);

// The response to what never reached a route (404, 405, 413, …): a problem of RFC 9457, with the
// text under `msg` too for clients of the oldest family, which read nothing else.
http::Response EdgeError(int http_status, std::string_view text);

}  // namespace jobmesh::gateway::session
