#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <variant>

#include "gateway/http/exchange.h"

namespace jobmesh::gateway::http {

// What an exchange tells its connection.
struct StreamStart {
  int status;
  Headers headers;
};
struct StreamPiece {
  std::string data;
  Exchange::WriteDone done;
};
struct StreamEnd {
  Headers trailers;
};
struct WebSocketAccept {
  std::unique_ptr<WebSocketHandler> handler;
};
// The exchange was dropped in mid-stream.
struct StreamCut {};
using ExchangeEvent =
    std::variant<Response, StreamStart, StreamPiece, StreamEnd, WebSocketAccept, StreamCut>;

// The connection as its exchanges see it.
class ExchangeSink {
 public:
  virtual ~ExchangeSink() = default;
  // Applies `event` to the request numbered `sequence`, on the connection's thread: at once when
  // called there. Any thread.
  virtual void Deliver(std::uint64_t sequence, ExchangeEvent event) = 0;
};

// Exchange of one request of an HTTP connection: checks the order of calls and hands them on.
class ExchangeImpl final : public Exchange {
 public:
  ExchangeImpl() = default;
  ~ExchangeImpl() override;

  // Before the handler gets it; until then the exchange only holds the request being read.
  void Open(std::shared_ptr<ExchangeSink> sink, std::uint64_t sequence, bool is_websocket_upgrade);

  void Respond(Response response) override;
  void OnCancel(std::function<void()> callback) override;
  bool is_cancelled() const override;
  void StartStream(int status, Headers headers) override;
  void Write(std::string data, WriteDone done) override;
  void Finish(Headers trailers) override;
  using Exchange::Finish;
  void AcceptWebSocket(std::unique_ptr<WebSocketHandler> handler) override;

  // The client has gone. Calls the callback unless the answer is complete.
  void Cancel();

 private:
  enum class State { kWaiting, kStreaming, kDone };

  // Moves from `from` to `to`; false when the exchange is elsewhere.
  bool Move(State from, State to);

  std::shared_ptr<ExchangeSink> sink_;
  std::uint64_t sequence_ = 0;
  std::atomic<State> state_{State::kWaiting};
  std::atomic<bool> cancelled_{false};
  std::mutex mutex_;
  std::function<void()> on_cancel_;  // guarded by mutex_
};

}  // namespace jobmesh::gateway::http
