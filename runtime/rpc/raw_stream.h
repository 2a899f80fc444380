#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace jobmesh::runtime::rpc {

// Names and values of metadata, names in lower case, in the order they came.
using Metadata = std::vector<std::pair<std::string, std::string>>;

// Callbacks of a stream; they run on the thread of an event loop, one at a time, and must not
// block. Any but on_closed may be empty.
class RawStreamEvents {
 public:
  // The first metadata of the answer, before any message. Not called when the call ends without.
  std::function<void(Metadata)> on_headers;
  // A message of the server, as wire bytes. The next one is read after it returns, or, with
  // `reads_on_demand`, after ReadNext.
  std::function<void(std::string)> on_message;
  // The last metadata of the answer, right before on_closed.
  std::function<void(Metadata)> on_trailers;
  // The stream is over. Called exactly once, last.
  std::function<void(absl::Status)> on_closed;
  // Back-pressure: each message after the first is asked for.
  bool reads_on_demand = false;
};

// A bidirectional stream of wire bytes. Thread-safe.
class RawStream {
 public:
  virtual ~RawStream() = default;
  // Queues a message; false when the stream is over.
  virtual bool Send(std::string message) = 0;
  // Messages queued and not yet taken by the connection.
  virtual size_t unsent() const = 0;
  // No more messages from this side.
  virtual void HalfClose() = 0;
  // Reads on, once a message; for streams whose reads are on demand.
  virtual void ReadNext() = 0;
  virtual void Cancel() = 0;
};

// A call that is answered by a stream of messages, read on demand. Thread-safe.
class ServerStream {
 public:
  virtual ~ServerStream() = default;
  // Makes the call; no callback runs before. Once.
  virtual void Start() = 0;
  // Reads on after a message.
  virtual void ReadNext() = 0;
  virtual void Cancel() = 0;
};

}  // namespace jobmesh::runtime::rpc
