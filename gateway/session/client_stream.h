#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/rpc/client.h"

namespace jobmesh::gateway::session {

// Calls an rpc that takes a stream of messages and answers one. `done` runs once, on a thread of
// gRPC, and must not block.
runtime::rpc::CancelCall CallClientStream(runtime::rpc::Client& client, std::string_view method,
                                          std::vector<std::string> messages,
                                          const runtime::rpc::CallOptions& options,
                                          std::function<void(runtime::rpc::RawResult)> done);

}  // namespace jobmesh::gateway::session
