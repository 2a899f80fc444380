#include "runtime/rpc/http2_stream.h"

#include <utility>

#include "runtime/rpc/http2_connection.h"
#include "runtime/rpc/message_framing.h"

namespace jobmesh::runtime::rpc {

Http2Stream::Http2Stream(CallHead head, RawStreamEvents events)
    : Exchange(true), head_(std::move(head)), events_(std::move(events)) {}

void Http2Stream::SetConnection(std::shared_ptr<Http2Connection> connection) {
  connection_ = std::move(connection);
  self_ = shared_from_this();
  absl::MutexLock lock(&mutex_);
  begun_ = true;
}

// ---- Out

bool Http2Stream::Send(std::string message) {
  absl::MutexLock lock(&mutex_);
  if (closed_ || half_closed_) {
    return false;
  }
  outgoing_.push_back(std::move(message));
  unsent_.fetch_add(1, std::memory_order_relaxed);
  Wake();
  return true;
}

void Http2Stream::HalfClose() {
  absl::MutexLock lock(&mutex_);
  if (!closed_ && !half_closed_) {
    half_closed_ = true;
    Wake();
  }
}

void Http2Stream::Wake() {
  if (begun_ && !woken_) {
    woken_ = true;
    connection_->loop()->Post([self = shared_from_this(), this] {
      {
        absl::MutexLock lock(&mutex_);
        woken_ = false;
      }
      connection_->Resume(*this);
    });
  }
}

// nghttp2 has its own copy.
void Http2Stream::OnHeadSent() {
  head_.path = std::string();
  head_.headers = Metadata();
}

Exchange::Piece Http2Stream::ReadBody(char* out, size_t room) {
  absl::MutexLock lock(&mutex_);
  Piece piece;
  while (!outgoing_.empty() && piece.size < room) {
    const std::string& message = outgoing_.front();
    const size_t size = CopyFramed(message, sent_, out + piece.size, room - piece.size);
    piece.size += size;
    sent_ += size;
    if (sent_ == kPrefixSize + message.size()) {
      sent_ = 0;
      outgoing_.pop_front();
      unsent_.fetch_sub(1, std::memory_order_relaxed);
    }
  }
  piece.is_last = outgoing_.empty() && half_closed_;
  return piece;
}

// ---- In

void Http2Stream::OnHeadersDone() {
  headers_ = answer.TakeHeaders();
  connection_->Notify(*this);
}

void Http2Stream::OnBody(size_t size) {
  held_ += size;
  if (!answer.problem().empty()) {
    connection_->Fail(*this, absl::InternalError(answer.problem()));
    return;
  }
  unread_.splice(unread_.end(), answer.TakeMessages());
  if (unread_.empty()) {  // a part of a message is no use to the reader, so it has to come whole
    connection_->Consume(*this, std::exchange(held_, 0));
  } else {
    connection_->Notify(*this);
  }
}

void Http2Stream::ReadNext() {
  allowance_.fetch_add(1, std::memory_order_relaxed);
  if (connection_->loop()->InThread() && delivering_) {
    return;  // from on_message, after which the allowance is looked at
  }
  connection_->loop()->Post([self = shared_from_this(), this] { Deliver(); });
}

bool Http2Stream::TakeAllowance() {
  if (!events_.reads_on_demand) {
    return true;
  }
  if (allowance_.load(std::memory_order_relaxed) == 0) {
    return false;
  }
  allowance_.fetch_sub(1, std::memory_order_relaxed);
  return true;
}

void Http2Stream::Deliver() {
  if (delivering_) {
    return;
  }
  delivering_ = true;
  if (headers_ && !std::exchange(headers_told_, true) && events_.on_headers) {
    events_.on_headers(std::move(*headers_));
  }
  while (!unread_.empty() && TakeAllowance()) {
    std::string message = std::move(unread_.front());
    unread_.pop_front();
    if (unread_.empty()) {
      connection_->Consume(*this, std::exchange(held_, 0));
    }
    if (events_.on_message) {
      events_.on_message(std::move(message));
    }
  }
  delivering_ = false;
  if (outcome_ && unread_.empty()) {
    CallOutcome outcome = *std::exchange(outcome_, std::nullopt);
    const RawStreamEvents events = std::exchange(events_, {});  // they may hold the stream
    const std::shared_ptr<Exchange> self = std::exchange(self_, nullptr);
    if (!headers_told_) {  // then all metadata came last
      std::swap(outcome.headers, outcome.trailers);
      outcome.trailers.insert(outcome.trailers.end(), outcome.headers.begin(),
                              outcome.headers.end());
    }
    if (events.on_trailers) {
      events.on_trailers(std::move(outcome.trailers));
    }
    if (events.on_closed) {
      events.on_closed(outcome.status);
    }
  }
}

// ---- The end

void Http2Stream::OnFinished(CallOutcome outcome) {
  {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    outgoing_.clear();
    unsent_.store(0, std::memory_order_relaxed);
  }
  outcome_ = std::move(outcome);
  Deliver();
}

void Http2Stream::Cancel() {
  connection_->loop()->Post([self = shared_from_this(), this] {
    unread_.clear();
    connection_->Cancel(*this);
    Deliver();
  });
}

}  // namespace jobmesh::runtime::rpc
