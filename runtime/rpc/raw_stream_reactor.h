#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "grpcpp/client_context.h"
#include "grpcpp/support/string_ref.h"

#include "runtime/rpc/instance_pool.h"
#include "runtime/rpc/raw_stream.h"

namespace jobmesh::runtime::rpc {

// Copies what gRPC lends.
Metadata ToMetadata(const std::multimap<grpc::string_ref, grpc::string_ref>& entries);

// A stream that has not begun: nothing is called before Start, which is called once.
class PreparedStream : public RawStream {
 public:
  virtual void Start() = 0;
};

// Prepares a bidirectional stream of bytes; `fill_context` adds headers and a deadline. Serves
// server streams too: send the one request, then HalfClose. `stub` and `path` must outlive Start.
std::shared_ptr<PreparedStream> PrepareRawStream(
    RawStub& stub, std::string path, RawStreamEvents events,
    const std::function<void(grpc::ClientContext&)>& fill_context);

}  // namespace jobmesh::runtime::rpc
