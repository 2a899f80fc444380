#pragma once

#include "gateway/http/message.h"

namespace jobmesh::gateway::session {

// Brings a complete response into the form the client asked for: 304 where a GET's entity tag is
// one the client has, gzip where it takes it and the body is long and of a type that gets shorter.
// Marks what depends on Accept-Encoding. Leaves alone what has its form already (from the cache).
void ChooseForm(const http::Request& request, http::Response& response);

}  // namespace jobmesh::gateway::session
