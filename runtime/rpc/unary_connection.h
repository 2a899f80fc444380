#pragma once

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
#include "runtime/rpc/unary_answer.h"
#include "runtime/rpc/unary_channel.h"

struct nghttp2_session;

namespace jobmesh::runtime::rpc {

// One call on a connection. Everything belongs to the loop's thread but Cancel.
struct UnaryExchange final : UnaryChannel::Call, std::enable_shared_from_this<UnaryExchange> {
  void Cancel() override;

  std::shared_ptr<UnaryConnection> connection;
  const UnaryRequest* request = nullptr;
  std::function<void(UnaryOutcome)> done;
  int32_t stream_id = 0;  // 0: not on the connection yet, or no longer
  bool refused = false;   // the connection took no more calls
  size_t sent = 0;        // of prefix and message
  UnaryAnswer answer;
};

// The connection of one channel on one loop, made again whenever it breaks. Everything runs on the
// loop's thread.
class UnaryConnection final : public EventLoop::Member,
                              public std::enable_shared_from_this<UnaryConnection> {
 public:
  UnaryConnection(std::shared_ptr<EventLoop> loop, std::string target);
  ~UnaryConnection() override;

  void Start(const std::shared_ptr<UnaryExchange>& exchange);
  void Cancel(UnaryExchange& exchange);
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
  using Calls = std::map<std::pair<absl::Time, UnaryExchange*>, std::shared_ptr<UnaryExchange>>;
  struct Callbacks;  // of nghttp2

  void Connect();
  void Dial(const boost::asio::ip::tcp::resolver::results_type& addresses);
  void OnConnected();
  void Submit(UnaryExchange& exchange);
  void Read();
  void OnRead(size_t size);
  void ScheduleFlush();
  void Flush();
  // What nghttp2 has to say, until it is silent or the buffer is full.
  bool FillOutput();

  // Takes the call out; RunFinished, later, tells its caller.
  void Finish(UnaryExchange& exchange, UnaryOutcome outcome);
  void RunFinished();
  // With UNAVAILABLE, to be sent elsewhere.
  void Refuse(UnaryExchange& exchange);
  void Break(const std::string& why);
  void EndCalls(const std::string& why);
  void StopTransport();

  void ArmTimer();
  void OnTimer();
  absl::Time KeepaliveDue() const;

  const std::shared_ptr<EventLoop> loop_;
  const std::string target_;
  State state_ = State::kIdle;
  uint64_t attempt_ = 0;  // tells handlers of an earlier socket apart
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  absl::Time timer_due_ = absl::InfiniteFuture();
  nghttp2_session* session_ = nullptr;

  Calls calls_;
  std::vector<std::pair<std::shared_ptr<UnaryExchange>, UnaryOutcome>> finished_;
  std::string output_;
  size_t output_sent_ = 0;
  bool flush_scheduled_ = false;
  bool writing_ = false;  // waiting for the socket to take more
  std::atomic<bool> retired_{false};
  absl::Time connect_deadline_ = absl::InfiniteFuture();
  absl::Time next_attempt_ = absl::InfinitePast();
  absl::Duration pause_;
  absl::Time last_heard_;
  bool pinged_ = false;
  std::array<char, 32 * 1024> input_;
};

}  // namespace jobmesh::runtime::rpc
