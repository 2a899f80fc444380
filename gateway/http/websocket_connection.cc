#include "gateway/http/websocket_connection.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>

namespace jobmesh::gateway::http {
namespace {

namespace beast = boost::beast;
using boost::system::error_code;

constexpr std::size_t kMaxReason = 123;  // a control frame holds 125 bytes, the code takes two
constexpr std::size_t kFirstRead = 64;   // bytes; a ping or a short message
// Counted on top of each message's text, so that empty messages are bounded too.
constexpr std::size_t kMessageOverhead = 64;

// One WebSocket. Send and Close only count and post; everything else runs on the worker's thread.
// permessage-deflate is compiled out: it costs hundreds of kilobytes a connection.
template <class Stream>
class WebSocketConnection final : public Peer,
                                  public WebSocket,
                                  public std::enable_shared_from_this<WebSocketConnection<Stream>> {
 public:
  WebSocketConnection(std::shared_ptr<Worker> worker, Stream stream,
                      std::unique_ptr<WebSocketHandler> handler)
      : worker_(std::move(worker)),
        options_(worker_->options()),
        stream_(std::move(stream)),
        handler_(std::move(handler)) {
    worker_->core().connections.fetch_add(1, std::memory_order_relaxed);
  }
  ~WebSocketConnection() override { ReleaseCount(); }

  void Start(const Request& request);

  bool Send(std::shared_ptr<const std::string> text) override;
  void Close(std::uint16_t code, std::string_view reason) override;
  std::size_t queued_bytes() const override { return queued_bytes_.load(); }

  void OnTick(Clock::time_point now) override;
  void OnDrain() override;
  void Abort() override { End(kCloseAbnormal, "cut"); }

 private:
  using WebSocketStream = beast::websocket::stream<Stream, false>;

  void OnAccepted(const error_code& error);
  void Read();
  void OnRead(const error_code& error);
  void OnPeerClose();
  void Enqueue(std::shared_ptr<const std::string> text);
  void Write();
  // Sends the close frame after what is queued, or, when `drop_queue`, after the message under way.
  void RequestClose(std::uint16_t code, std::string reason, bool drop_queue);
  // Tells the handler, once.
  void NotifyClosed(std::uint16_t code, std::string_view reason);
  void End(std::uint16_t code, std::string_view reason);
  void ReleaseCount();

  const std::shared_ptr<Worker> worker_;
  const ServerOptions& options_;
  WebSocketStream stream_;
  std::unique_ptr<WebSocketHandler> handler_;
  beast::flat_buffer buffer_;

  std::atomic<std::size_t> queued_bytes_{0};
  std::atomic<bool> refuses_{false};  // nothing more is queued
  std::list<std::shared_ptr<const std::string>> queue_;

  Clock::time_point heard_{};  // last sign of life
  Clock::time_point pong_deadline_ = kNever;
  Clock::time_point write_deadline_ = kNever;
  Clock::time_point close_deadline_ = kNever;
  std::uint16_t close_code_ = 0;  // ours, when a close was requested
  std::string close_reason_;

  bool open_ = false;  // the handshake is done
  bool writing_ = false;
  bool pinging_ = false;
  bool close_sent_ = false;
  bool ended_ = false;
  bool counted_ = true;
};

template <class Stream>
void WebSocketConnection<Stream>::Start(const Request& request) {
  beast::http::request<beast::http::empty_body> handshake;
  handshake.method(beast::http::verb::get);
  handshake.target({request.target.data(), request.target.size()});
  handshake.version(request.http_version);
  for (const auto [name, value] : request.headers) {
    handshake.insert({name.data(), name.size()}, beast::string_view(value.data(), value.size()));
  }
  // The worker's tick keeps the deadlines; Beast's own would be a timer per connection.
  const auto never = beast::websocket::stream_base::none();
  stream_.set_option(beast::websocket::stream_base::timeout{never, never, false});
  stream_.read_message_max(options_.websocket_message_limit);
  stream_.text(true);
  stream_.auto_fragment(false);
  stream_.control_callback([this](beast::websocket::frame_type frame, beast::string_view) {
    heard_ = Clock::now();
    pong_deadline_ = kNever;
    if (frame == beast::websocket::frame_type::close) {
      OnPeerClose();
    }
  });
  write_deadline_ = Clock::now() + options_.write_timeout;
  worker_->Add(this->shared_from_this());
  if (ended_) {
    return;
  }
  stream_.async_accept(handshake, [self = this->shared_from_this()](const error_code& error) {
    self->OnAccepted(error);
  });
}

template <class Stream>
void WebSocketConnection<Stream>::OnAccepted(const error_code& error) {
  if (ended_) {
    return;
  }
  if (error) {
    Abort();
    return;
  }
  open_ = true;
  write_deadline_ = kNever;
  heard_ = Clock::now();
  worker_->counters().websockets.fetch_add(1, std::memory_order_relaxed);
  handler_->OnOpen(this->shared_from_this());
  if (worker_->core().draining.load()) {
    OnDrain();
  }
  if (!ended_) {
    Read();
  }
}

template <class Stream>
void WebSocketConnection<Stream>::Read() {
  // Waiting for a message takes little memory; the rest of a message that is under way, what Beast
  // thinks good.
  const std::size_t limit = buffer_.size() == 0 ? kFirstRead : 0;
  stream_.async_read_some(buffer_, limit,
                          [self = this->shared_from_this()](const error_code& error, std::size_t) {
                            self->OnRead(error);
                          });
}

template <class Stream>
void WebSocketConnection<Stream>::OnRead(const error_code& error) {
  if (ended_) {
    return;
  }
  if (error == beast::websocket::error::message_too_big ||
      error == beast::websocket::error::buffer_overflow) {
    End(kCloseTooBig, "message too big");  // Beast has sent the close frame
    return;
  }
  if (error) {
    End(close_code_ != 0 ? close_code_ : kCloseAbnormal, close_reason_);
    return;
  }
  heard_ = Clock::now();
  pong_deadline_ = kNever;
  if (!stream_.is_message_done()) {
    Read();
    return;
  }
  if (close_code_ == 0 && handler_) {
    if (stream_.got_text()) {
      handler_->OnMessage({static_cast<const char*>(buffer_.data().data()), buffer_.data().size()});
    } else {
      RequestClose(kCloseUnsupported, "only text messages", false);
    }
  }
  if (ended_) {
    return;
  }
  buffer_.consume(buffer_.size());
  buffer_.shrink_to_fit();
  Read();
}

// Beast answers the close frame and waits for the peer to close the connection, which is nothing
// the handler has to wait for.
template <class Stream>
void WebSocketConnection<Stream>::OnPeerClose() {
  refuses_.store(true);
  const auto& peer = stream_.reason();
  if (close_code_ == 0) {
    close_code_ = peer.code == beast::websocket::close_code::none ? kCloseNoStatus : peer.code;
    close_reason_.assign(peer.reason.data(), peer.reason.size());
  }
  close_sent_ = true;
  close_deadline_ = Clock::now() + options_.linger_timeout;
  worker_->Post([self = this->shared_from_this()] {
    self->NotifyClosed(self->close_code_, self->close_reason_);
  });
}

template <class Stream>
bool WebSocketConnection<Stream>::Send(std::shared_ptr<const std::string> text) {
  if (refuses_.load()) {
    return false;
  }
  const std::size_t cost = text->size() + kMessageOverhead;
  if (queued_bytes_.fetch_add(cost) + cost > options_.websocket_queue_limit) {
    queued_bytes_.fetch_sub(cost);
    if (!refuses_.exchange(true)) {
      worker_->Post([self = this->shared_from_this()] {
        self->RequestClose(kCloseTryAgainLater, "too slow", true);
      });
    }
    return false;
  }
  worker_->Post([self = this->shared_from_this(), text = std::move(text)]() mutable {
    self->Enqueue(std::move(text));
  });
  return true;
}

template <class Stream>
void WebSocketConnection<Stream>::Close(std::uint16_t code, std::string_view reason) {
  worker_->Post(
      [self = this->shared_from_this(), code, reason = std::string(reason.substr(0, kMaxReason))] {
        self->RequestClose(code, reason, false);
      });
}

template <class Stream>
void WebSocketConnection<Stream>::Enqueue(std::shared_ptr<const std::string> text) {
  if (ended_ || close_code_ != 0) {
    queued_bytes_.fetch_sub(text->size() + kMessageOverhead);
    return;
  }
  queue_.push_back(std::move(text));
  Write();
}

template <class Stream>
void WebSocketConnection<Stream>::Write() {
  if (writing_ || close_sent_ || ended_) {
    return;
  }
  if (queue_.empty()) {
    if (close_code_ != 0) {
      close_sent_ = true;
      beast::websocket::close_reason reason(close_code_);
      // c_str(), not data(): for a `char*` Beast picks an overload that takes the size for an
      // offset.
      reason.reason.assign(close_reason_.c_str(), close_reason_.size());
      // The read under way sees the peer's answer and ends the connection.
      stream_.async_close(reason, [self = this->shared_from_this()](const error_code&) {
        self->End(self->close_code_, self->close_reason_);
      });
    }
    return;
  }
  writing_ = true;
  write_deadline_ = Clock::now() + options_.write_timeout;
  const std::shared_ptr<const std::string> text = queue_.front();
  stream_.async_write(boost::asio::buffer(*text), [self = this->shared_from_this(), text](
                                                      const error_code& error, std::size_t) {
    self->writing_ = false;
    self->write_deadline_ = kNever;
    self->queued_bytes_.fetch_sub(text->size() + kMessageOverhead);
    if (self->ended_) {
      return;
    }
    self->queue_.pop_front();
    if (error) {
      self->Abort();
      return;
    }
    self->Write();
  });
}

template <class Stream>
void WebSocketConnection<Stream>::RequestClose(std::uint16_t code, std::string reason,
                                               bool drop_queue) {
  if (ended_ || close_code_ != 0) {
    return;
  }
  refuses_.store(true);
  close_code_ = code;
  close_reason_ = std::move(reason);
  close_deadline_ = Clock::now() + options_.websocket_close_timeout;
  while (drop_queue && queue_.size() > (writing_ ? 1U : 0U)) {
    queued_bytes_.fetch_sub(queue_.back()->size() + kMessageOverhead);
    queue_.pop_back();
  }
  if (open_) {
    Write();
  } else {
    Abort();
  }
}

template <class Stream>
void WebSocketConnection<Stream>::NotifyClosed(std::uint16_t code, std::string_view reason) {
  if (handler_ == nullptr) {
    return;
  }
  // The handler usually holds the socket: letting it go breaks the circle. As a task, because one
  // of its own callbacks may have led here.
  const std::shared_ptr<WebSocketHandler> handler = std::move(handler_);
  worker_->Post([handler] {});
  if (open_) {
    worker_->counters().websockets.fetch_sub(1, std::memory_order_relaxed);
    handler->OnClose(code, reason);
  }
}

template <class Stream>
void WebSocketConnection<Stream>::End(std::uint16_t code, std::string_view reason) {
  if (ended_) {
    return;
  }
  const auto self = this->shared_from_this();
  ended_ = true;
  refuses_.store(true);
  error_code ignored;
  beast::get_lowest_layer(stream_).close(ignored);
  queue_.clear();
  NotifyClosed(code, reason);
  ReleaseCount();
  worker_->Remove(*this);
}

template <class Stream>
void WebSocketConnection<Stream>::ReleaseCount() {
  if (counted_) {
    counted_ = false;
    worker_->core().connections.fetch_sub(1, std::memory_order_relaxed);
  }
}

template <class Stream>
void WebSocketConnection<Stream>::OnTick(Clock::time_point now) {
  if (now >= write_deadline_ || now >= pong_deadline_) {
    Abort();
    return;
  }
  if (now >= close_deadline_) {
    End(close_code_, close_reason_);
    return;
  }
  if (open_ && !pinging_ && close_code_ == 0 && pong_deadline_ == kNever &&
      now - heard_ >= options_.websocket_ping_interval) {
    pinging_ = true;
    pong_deadline_ = now + options_.websocket_pong_timeout;
    stream_.async_ping(
        {}, [self = this->shared_from_this()](const error_code&) { self->pinging_ = false; });
  }
}

template <class Stream>
void WebSocketConnection<Stream>::OnDrain() {
  if (open_) {
    RequestClose(kCloseGoingAway, "the server is going away", false);
  }
}

}  // namespace

void ServeWebSocket(std::shared_ptr<Worker> worker, TcpSocket stream, const Request& request,
                    std::unique_ptr<WebSocketHandler> handler) {
  std::make_shared<WebSocketConnection<TcpSocket>>(std::move(worker), std::move(stream),
                                                   std::move(handler))
      ->Start(request);
}

void ServeWebSocket(std::shared_ptr<Worker> worker, TlsStream stream, const Request& request,
                    std::unique_ptr<WebSocketHandler> handler) {
  std::make_shared<WebSocketConnection<TlsStream>>(std::move(worker), std::move(stream),
                                                   std::move(handler))
      ->Start(request);
}

}  // namespace jobmesh::gateway::http
