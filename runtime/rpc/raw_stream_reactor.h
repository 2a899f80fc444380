#pragma once

#include <functional>
#include <memory>
#include <string>

#include "grpcpp/client_context.h"

#include "runtime/rpc/instance_pool.h"
#include "runtime/rpc/raw_stream.h"

namespace jobmesh::runtime::rpc {

// Opens a bidirectional stream of bytes; `fill_context` adds headers and a deadline before it
// starts. Serves server streams too: send the one request, then HalfClose.
std::shared_ptr<RawStream> StartRawStream(
    RawStub& stub, const std::string& path, RawStreamEvents events,
    const std::function<void(grpc::ClientContext&)>& fill_context);

}  // namespace jobmesh::runtime::rpc
