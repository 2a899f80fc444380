#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gateway/http/message.h"
#include "runtime/telemetry/trace.h"

namespace jobmesh::gateway::session {

// The access token of a request: bearer, else the cookie `authorization`; empty without one.
std::string TokenOf(const http::Request& request);

// The request id: the client's where it sent a sane one, else a new one.
std::string RequestIdOf(const http::Request& request);

// The trace of a request: a child of the client's, else a new one.
runtime::telemetry::TraceContext TraceOf(const http::Request& request);

// What the services of the mesh get to know of a request, as headers of the call.
std::vector<std::pair<std::string, std::string>> CallHeaders(
    const http::Request& request, const std::string& token, const std::string& request_id,
    const runtime::telemetry::TraceContext& trace);

// Adds the header `cookie` with those of the request's cookies that are named, if there are any.
void AddCookies(const http::Request& request, const std::vector<std::string>& names,
                std::vector<std::pair<std::string, std::string>>& headers);

}  // namespace jobmesh::gateway::session
