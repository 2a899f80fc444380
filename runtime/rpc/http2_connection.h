#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/steady_timer.hpp"

#include "runtime/rpc/event_loop.h"
#include "runtime/rpc/exchange.h"
#include "runtime/rpc/http2_channel.h"

struct nghttp2_session;

namespace jobmesh::runtime::rpc {

// How long connections of a channel stay silent before they ask whether the server is still there.
// Servers of others may take that for an attack; who says so is asked half as often from then on,
// as gRPC's own client does (proposal A8 of gRPC). Thread-safe.
class Keepalive {
 public:
  absl::Duration interval() const {
    return absl::Seconds(seconds_.load(std::memory_order_relaxed));
  }
  void Double() { seconds_ = std::min(seconds_ * 2, kMostSeconds); }

 private:
  static constexpr int kMostSeconds = 3600;
  std::atomic<int> seconds_{10};
};

// The connection of one channel on one loop, made again whenever it breaks. Everything runs on the
// loop's thread.
class Http2Connection final : public EventLoop::Member,
                              public std::enable_shared_from_this<Http2Connection> {
 public:
  Http2Connection(std::shared_ptr<EventLoop> loop, std::string target,
                  std::shared_ptr<Keepalive> keepalive);
  ~Http2Connection() override;

  void Start(const std::shared_ptr<Exchange>& exchange);
  // Ends a call that is not over, and tells its caller.
  void Cancel(Exchange& exchange);
  // The same with an error that was found in its answer.
  void Fail(Exchange& exchange, absl::Status status);
  // There is more to send of its body.
  void Resume(Exchange& exchange);
  // The reader of a call has room for that many bytes more.
  void Consume(Exchange& exchange, size_t bytes);
  // Has OnNotified called soon.
  void Notify(Exchange& exchange);
  // For good.
  void Close();
  void OnLoopEnd() override { Close(); }

  const std::shared_ptr<EventLoop>& loop() const { return loop_; }
  // Takes no more calls, but finishes those it has; a new one has to take its place. Thread-safe.
  bool retired() const { return retired_.load(std::memory_order_relaxed); }

 private:
  enum class State { kIdle, kConnecting, kReady, kClosed };
  using ErrorCode = boost::system::error_code;
  // By deadline, for the timer; the address tells those of one deadline apart.
  using Calls = std::map<std::pair<absl::Time, Exchange*>, std::shared_ptr<Exchange>>;
  struct Callbacks;  // of nghttp2

  void Connect();
  void Dial(const boost::asio::ip::tcp::resolver::results_type& addresses);
  void OnConnected();
  void Submit(Exchange& exchange);
  void Read();
  void OnRead(size_t size);
  void ScheduleFlush();
  void Flush();
  // What nghttp2 has to say, until it is silent or the buffer is full.
  bool FillOutput();

  bool Has(Exchange& exchange) const { return calls_.contains({DeadlineOf(exchange), &exchange}); }
  static absl::Time DeadlineOf(const Exchange& exchange) { return exchange.head().deadline; }
  // Takes the call out; RunCallbacks, later, tells its caller.
  void Finish(Exchange& exchange, CallOutcome outcome);
  void RunCallbacks();
  // Ends a call that has not been sent.
  void Refuse(Exchange& exchange, absl::Status status);
  absl::Status Unreachable() const;
  void Break(const std::string& why);
  void EndCalls(const std::string& why);
  void StopTransport();

  void ArmTimer();
  void OnTimer();
  absl::Time KeepaliveDue() const;

  const std::shared_ptr<EventLoop> loop_;
  const std::string target_;
  const std::shared_ptr<Keepalive> keepalive_;
  State state_ = State::kIdle;
  uint64_t attempt_ = 0;  // tells handlers of an earlier socket apart
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  absl::Time timer_due_ = absl::InfiniteFuture();
  nghttp2_session* session_ = nullptr;

  Calls calls_;
  std::vector<std::shared_ptr<Exchange>> notified_;
  std::vector<std::pair<std::shared_ptr<Exchange>, CallOutcome>> finished_;
  std::string output_;
  size_t output_sent_ = 0;
  bool flush_scheduled_ = false;
  bool receiving_ = false;  // nghttp2 is at work
  bool writing_ = false;    // waiting for the socket to take more
  std::atomic<bool> retired_{false};
  absl::Time connect_deadline_ = absl::InfiniteFuture();
  absl::Time next_attempt_ = absl::InfinitePast();
  absl::Duration pause_;
  absl::Time last_heard_;
  bool pinged_ = false;
  std::array<char, 32 * 1024> input_;
};

}  // namespace jobmesh::runtime::rpc
