#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "absl/synchronization/mutex.h"

#include "runtime/rpc/exchange.h"
#include "runtime/rpc/raw_stream.h"

namespace jobmesh::runtime::rpc {

// A bidirectional stream, or a server stream: Send the one request, then HalfClose. It begins with
// Http2Channel::Start, before which messages can be sent already, and keeps itself alive until it
// is closed. What the reader leaves unread stays with the server, but for what fits the window of
// the stream. Events come on the loop's thread; the calls of RawStream are thread-safe.
class Http2Stream final : public Exchange, public RawStream {
 public:
  Http2Stream(CallHead head, RawStreamEvents events);

  // Before it begins.
  void SetConnection(std::shared_ptr<Http2Connection> connection);

  bool Send(std::string message) override;
  size_t unsent() const override { return unsent_.load(std::memory_order_relaxed); }
  void HalfClose() override;
  void ReadNext() override;
  void Cancel() override;

  const std::shared_ptr<Http2Connection>& connection() const override { return connection_; }
  const CallHead& head() const override { return head_; }
  void OnHeadSent() override;
  Piece ReadBody(char* out, size_t room) override;
  void OnHeadersDone() override;
  void OnBody(size_t size) override;
  void OnNotified() override { Deliver(); }
  void OnFinished(CallOutcome outcome) override;

 private:
  // Has the loop look for what is to be sent.
  void Wake() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Tells the reader what it may be told by now.
  void Deliver();
  bool TakeAllowance();

  CallHead head_;
  RawStreamEvents events_;
  std::shared_ptr<Http2Connection> connection_;  // set before it begins

  // Of the loop's thread.
  std::shared_ptr<Exchange> self_;   // while it is under way
  std::optional<Metadata> headers_;  // the first metadata, once it is here
  bool headers_told_ = false;
  bool delivering_ = false;
  std::list<std::string> unread_;  // messages
  size_t held_ = 0;                // bytes of the body not consumed yet
  size_t sent_ = 0;                // of the first message of outgoing_, with its prefix
  std::optional<CallOutcome> outcome_;

  std::atomic<int> allowance_{1};  // messages that may be told, where reads are on demand
  std::atomic<size_t> unsent_{0};

  absl::Mutex mutex_;
  std::list<std::string> outgoing_ ABSL_GUARDED_BY(mutex_);
  bool begun_ ABSL_GUARDED_BY(mutex_) = false;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  bool half_closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace jobmesh::runtime::rpc
