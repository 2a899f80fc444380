#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "runtime/rpc/event_loop.h"

namespace jobmesh::runtime::rpc {

class UnaryConnection;

// A unary call as it goes out.
struct UnaryRequest {
  std::string path;  // "/package.Service/Method"
  // Lower-case names, printable values.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string message;
  absl::Time deadline = absl::InfiniteFuture();
};

// What came of it.
struct UnaryOutcome {
  absl::Status status;
  std::string message;                                        // when OK
  std::vector<std::pair<std::string, std::string>> headers;   // first metadata, or the only one
  std::vector<std::pair<std::string, std::string>> trailers;  // last metadata
  // The server cannot have seen the call, so it is safe to send again whatever it does.
  bool never_sent = false;
};

// Unary gRPC calls to one address over HTTP/2 (the protocol of doc/PROTOCOL-HTTP2.md of gRPC), from
// the thread that makes them: a call of a thread with an event loop of its own goes out on a
// connection of that loop and its answer arrives there, without another thread in between. It
// connects with the first call, once a loop, and again after failures, with a pause. While there is
// no connection to be had calls fail at once. Thread-safe.
//
// gRPC's own client costs several times as much a call (docs/performance.md); it carries the
// streams.
class UnaryChannel {
 public:
  // `target` is "host:port", the host a name or an address (IPv6 in brackets).
  explicit UnaryChannel(std::string target);
  // Calls in work end with UNAVAILABLE.
  ~UnaryChannel();
  UnaryChannel(const UnaryChannel&) = delete;
  UnaryChannel& operator=(const UnaryChannel&) = delete;

  // A call under way.
  class Call {
   public:
    virtual ~Call() = default;
    // Ends it with CANCELLED, unless it is over. Thread-safe.
    virtual void Cancel() = 0;
  };

  // `request` must live until `done` has been called, once, on the loop's thread and never before
  // Start returns. It must not block.
  std::shared_ptr<Call> Start(const UnaryRequest& request, std::function<void(UnaryOutcome)> done);

 private:
  std::shared_ptr<UnaryConnection> ConnectionOn(const std::shared_ptr<EventLoop>& loop);

  const std::string target_;
  absl::Mutex mutex_;
  std::vector<std::pair<std::shared_ptr<EventLoop>, std::shared_ptr<UnaryConnection>>> connections_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace jobmesh::runtime::rpc
