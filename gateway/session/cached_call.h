#pragma once

#include <memory>
#include <string>

#include "gateway/session/routed_request.h"

namespace jobmesh::gateway::session {

// Answers a request of a cached route (IsCached): from the cache, else by the rpc, whose response
// is kept. `wire` is the request message. A response from the cache costs the client nothing;
// asking the service counts against its limits. Does not block.
//
// The call goes on when the client that caused it goes away, because others may wait for it, and
// carries nothing that tells whose request it was, except for the headers the rpc varies by.
void CallCached(std::shared_ptr<RoutedRequest> routed, std::string wire);

}  // namespace jobmesh::gateway::session
