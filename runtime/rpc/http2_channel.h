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
#include "runtime/rpc/raw_stream.h"

namespace jobmesh::runtime::rpc {

class Http2Connection;
class Http2Stream;
class Keepalive;

// A call as it goes out.
struct CallHead {
  std::string path;  // "/package.Service/Method"
  // Lower-case names, printable values.
  Metadata headers;
  absl::Time deadline = absl::InfiniteFuture();
};

// A unary call as it goes out.
struct UnaryRequest {
  CallHead head;
  std::string message;
};

// What came of a call.
struct CallOutcome {
  absl::Status status;
  std::string message;  // of a unary call that is OK
  Metadata headers;     // first metadata, or the only one
  Metadata trailers;    // last metadata
  // The server cannot have seen the call, so it is safe to send again whatever it does.
  bool never_sent = false;
};

// gRPC calls to one address over HTTP/2 (the protocol of doc/PROTOCOL-HTTP2.md of gRPC), from the
// thread that makes them: a call of a thread with an event loop of its own goes out on a connection
// of that loop and its answer arrives there, without another thread in between. It connects with
// the first call, once a loop, and again after failures, with a pause. While there is no connection
// to be had calls fail at once. Thread-safe.
//
// gRPC's own client takes several times as much time for a call and memory for a stream
// (docs/performance.md).
class Http2Channel {
 public:
  // `target` is "host:port", the host a name or an address (IPv6 in brackets).
  explicit Http2Channel(std::string target);
  // Calls in work end with UNAVAILABLE.
  ~Http2Channel();
  Http2Channel(const Http2Channel&) = delete;
  Http2Channel& operator=(const Http2Channel&) = delete;

  // A call under way.
  class Call {
   public:
    virtual ~Call() = default;
    // Ends it with CANCELLED, unless it is over. Thread-safe.
    virtual void Cancel() = 0;
  };

  // `request` must live until `done` has been called, once, on the loop's thread and never before
  // Start returns. It must not block.
  std::shared_ptr<Call> Start(const UnaryRequest& request, std::function<void(CallOutcome)> done);

  // Starts a stream, once. Its events come on the loop's thread, never before Start returns.
  void Start(const std::shared_ptr<Http2Stream>& stream);

 private:
  std::shared_ptr<Http2Connection> ConnectionOn(const std::shared_ptr<EventLoop>& loop);

  const std::string target_;
  const std::shared_ptr<Keepalive> keepalive_;
  absl::Mutex mutex_;
  std::vector<std::pair<std::shared_ptr<EventLoop>, std::shared_ptr<Http2Connection>>> connections_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace jobmesh::runtime::rpc
