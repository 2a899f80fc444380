#pragma once

#include <functional>
#include <memory>

#include "absl/status/status.h"

namespace jobmesh::runtime::rpc {

// The sending side of a streaming call. Thread-safe; may outlive the call, whose end makes it do
// nothing.
template <class Response>
class StreamWriter {
 public:
  virtual ~StreamWriter() = default;
  // Queues a message. False when the call is over, or when the peer is so slow that more than 1,024
  // messages wait: the call is then ended with RESOURCE_EXHAUSTED.
  virtual bool Send(Response message) = 0;
  // Ends the call after what is queued was sent. Later calls do nothing.
  virtual void Finish(absl::Status status) = 0;
};

// What a handler of a streaming call wants to hear. Callbacks of one call never run at the same
// time; they run on gRPC's threads and must not block for long.
template <class Request>
struct StreamEvents {
  // A message of the client; unused in a server stream.
  std::function<void(const Request&)> on_message;
  // The client has sent its last message; by default the call is finished with OK.
  std::function<void()> on_half_close;
  // Of a server stream: everything that was queued has been sent, so more may be. What comes in
  // amounts is made piece by piece here, and a slow client is waited for without a thread.
  std::function<void()> on_drained = nullptr;
  // The call is over, whoever ended it. Called exactly once, last.
  std::function<void()> on_closed;
};

}  // namespace jobmesh::runtime::rpc
