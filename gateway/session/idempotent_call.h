#pragma once

#include <functional>
#include <memory>
#include <string>

#include "gateway/session/routed_request.h"

namespace jobmesh::gateway::session {

// Carries out a POST with an Idempotency-Key once: takes the key and then has `call` send `wire`,
// or answers with what was answered before, or says why not. `call` may run on a thread of gRPC.
// Does not block.
void CallOnce(std::shared_ptr<RoutedRequest> routed, std::string wire,
              std::function<void(std::string wire)> call);

}  // namespace jobmesh::gateway::session
