#include "gateway/http/exchange_impl.h"

#include <utility>

namespace jobmesh::gateway::http {

ExchangeImpl::~ExchangeImpl() {
  if (sink_ == nullptr) {
    return;
  }
  switch (state_.load()) {
    case State::kWaiting:
      sink_->Deliver(sequence_, MakeProblem(500, "The request was dropped without an answer"));
      break;
    case State::kStreaming:
      sink_->Deliver(sequence_, StreamCut{});
      break;
    case State::kDone:
      break;
  }
}

void ExchangeImpl::Open(std::shared_ptr<ExchangeSink> sink, std::uint64_t sequence,
                        bool is_websocket_upgrade) {
  sink_ = std::move(sink);
  sequence_ = sequence;
  is_websocket_upgrade_ = is_websocket_upgrade;
}

bool ExchangeImpl::Move(State from, State to) {
  if (!state_.compare_exchange_strong(from, to)) {
    return false;
  }
  if (to == State::kDone) {
    // Declared before the lock, so destroyed after it: the callback may own much.
    std::function<void()> dropped;
    const std::lock_guard lock(mutex_);
    dropped.swap(on_cancel_);
  }
  return true;
}

void ExchangeImpl::Respond(Response response) {
  if (Move(State::kWaiting, State::kDone)) {
    sink_->Deliver(sequence_, std::move(response));
  }
}

void ExchangeImpl::OnCancel(std::function<void()> callback) {
  {
    const std::lock_guard lock(mutex_);
    if (state_.load() == State::kDone) {
      return;
    }
    if (!cancelled_.load()) {
      on_cancel_ = std::move(callback);
      return;
    }
  }
  callback();
}

bool ExchangeImpl::is_cancelled() const { return cancelled_.load(); }

void ExchangeImpl::StartStream(int status, Headers headers) {
  if (Move(State::kWaiting, State::kStreaming)) {
    sink_->Deliver(sequence_, StreamStart{status, std::move(headers)});
  }
}

void ExchangeImpl::Write(std::string data, WriteDone done) {
  if (state_.load() == State::kStreaming) {
    sink_->Deliver(sequence_, StreamPiece{std::move(data), std::move(done)});
  } else if (done) {
    done(false);
  }
}

void ExchangeImpl::Finish(Headers trailers) {
  if (Move(State::kStreaming, State::kDone)) {
    sink_->Deliver(sequence_, StreamEnd{std::move(trailers)});
  }
}

void ExchangeImpl::AcceptWebSocket(std::unique_ptr<WebSocketHandler> handler) {
  if (is_websocket_upgrade_ && Move(State::kWaiting, State::kDone)) {
    sink_->Deliver(sequence_, WebSocketAccept{std::move(handler)});
  }
}

void ExchangeImpl::Cancel() {
  std::function<void()> callback;
  {
    const std::lock_guard lock(mutex_);
    if (state_.load() == State::kDone) {
      return;
    }
    cancelled_.store(true);
    callback.swap(on_cancel_);
  }
  if (callback) {
    callback();
  }
}

}  // namespace jobmesh::gateway::http
