#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"

namespace jobmesh::runtime::rpc {

// Callbacks of a RawStream; they run on gRPC's threads, one at a time, and must not block.
class RawStreamEvents {
 public:
  // A message of the server, as wire bytes. The next one is read after it returns.
  std::function<void(std::string)> on_message;
  // The stream is over. Called exactly once, last.
  std::function<void(absl::Status)> on_closed;
};

// A bidirectional stream of wire bytes. Thread-safe.
class RawStream {
 public:
  virtual ~RawStream() = default;
  // Queues a message; false when the stream is over.
  virtual bool Send(std::string message) = 0;
  // No more messages from this side.
  virtual void HalfClose() = 0;
  virtual void Cancel() = 0;
};

}  // namespace jobmesh::runtime::rpc
