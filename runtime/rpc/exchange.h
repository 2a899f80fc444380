#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "runtime/rpc/http2_answer.h"
#include "runtime/rpc/http2_channel.h"

namespace jobmesh::runtime::rpc {

// One call on a connection, unary or a stream: what goes out is asked for, what comes in is told.
// Everything runs on the loop's thread. Nothing is told while the connection reads or writes but
// OnHeadersDone and OnBody, which must not call anybody.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  virtual ~Exchange() = default;

  virtual const std::shared_ptr<Http2Connection>& connection() const = 0;
  virtual const CallHead& head() const = 0;
  // The head is on its way and not looked at again, but for its deadline.
  virtual void OnHeadSent() {}

  struct Piece {
    size_t size = 0;
    bool is_last = false;
  };
  // Writes the next piece of the body. An empty piece that is not the last: there is nothing now,
  // and the connection has to be told to Resume.
  virtual Piece ReadBody(char* out, size_t room) = 0;

  // The first metadata is in `answer`, and more will follow.
  virtual void OnHeadersDone() {}
  // `size` bytes of the body have gone into `answer`. They are to be Consumed, now or later.
  virtual void OnBody(size_t size) = 0;
  // Called soon after Notify, when anybody may be called.
  virtual void OnNotified() {}
  // It is over and no longer on the connection.
  virtual void OnFinished(CallOutcome outcome) = 0;

  // Kept by the connection.
  int32_t stream_id = 0;  // 0: not on the connection yet, or no longer
  bool refused = false;   // the connection took no more calls
  bool notified = false;
  Http2Answer answer;

 protected:
  explicit Exchange(bool is_stream) : answer(is_stream) {}
};

}  // namespace jobmesh::runtime::rpc
