#include "gateway/http/http_connection.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include "gateway/http/answer_pipeline.h"
#include "gateway/http/exchange_impl.h"
#include "gateway/http/gathered_write.h"
#include "gateway/http/request_reader.h"
#include "gateway/http/websocket_connection.h"

namespace jobmesh::gateway::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kHeaderReadSize = 4 * 1024;
constexpr std::size_t kBodyReadSize = 32 * 1024;
// Read buffers above this are given back when the connection falls idle.
constexpr std::size_t kKeptReadBuffer = 16 * 1024;
// No new request is begun while the client leaves more than this of its responses unread.
constexpr std::size_t kUnreadResponses = 1024 * 1024;
// Writes in a row before other connections get their turn.
constexpr int kWriteRounds = 16;

// One HTTP connection: reading, writing and its end. Requests are read ahead and handed out as they
// come; their answers are the pipeline's. Everything runs on the worker's thread, except Deliver.
//
// The connection lives as long as the worker's list, an operation under way or an exchange refers
// to it.
template <class Stream>
class HttpConnection final : public Peer,
                             public ExchangeSink,
                             public std::enable_shared_from_this<HttpConnection<Stream>> {
 public:
  HttpConnection(std::shared_ptr<Worker> worker, Stream stream,
                 std::shared_ptr<asio::ssl::context> tls)
      : worker_(std::move(worker)),
        options_(worker_->options()),
        tls_(std::move(tls)),
        stream_(std::move(stream)),
        reader_(options_),
        pipeline_(*worker_) {
    worker_->core().connections.fetch_add(1, std::memory_order_relaxed);
  }
  ~HttpConnection() override { ReleaseCount(); }

  void Start();

  void Deliver(std::uint64_t sequence, ExchangeEvent event) override;

  void OnTick(Clock::time_point now) override;
  void OnDrain() override;
  void Abort() override;

 private:
  static constexpr bool kIsTls = !std::is_same_v<Stream, TcpSocket>;

  // Reading.
  void StartRead();
  void OnRead(const error_code& error, std::size_t size);
  bool ParseBuffered();
  bool ParseSome();
  void Dispatch();
  void Reject(int status, std::string_view detail);
  bool MayBegin() const;
  bool IsReading() const { return reader_.is_reading(); }

  // Answering.
  void Apply(std::uint64_t sequence, ExchangeEvent event);
  void Advance();
  void OnIdle();
  void SendContinue();

  // Writing and ending.
  void Pump();
  void Write();
  void Consumed(std::size_t size);
  void BeginClose();
  void Close();
  void ReleaseCount();
  void UpgradeToWebSocket();
  OutputQueue& output() { return pipeline_.output(); }
  const OutputQueue& output() const { return pipeline_.output(); }
  auto& socket() {
    if constexpr (kIsTls) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }

  const std::shared_ptr<Worker> worker_;
  const ServerOptions& options_;
  const std::shared_ptr<asio::ssl::context> tls_;
  Stream stream_;
  std::string remote_address_;

  boost::beast::flat_buffer buffer_;
  RequestReader reader_;
  std::unique_ptr<Request> upgrade_;  // the one the WebSocket handshake answers

  AnswerPipeline pipeline_;
  GatheredWrite gathered_;  // during a write

  Clock::time_point read_deadline_ = kNever;  // also that of lingering
  Clock::time_point write_deadline_ = kNever;

  bool served_any_ = false;     // a request has begun
  bool continue_owed_ = false;  // 100 Continue, after the answers before it
  bool reading_ = false;        // a read is under way
  bool writing_ = false;        // a write is under way
  bool pumping_ = false;
  bool input_ended_ = false;      // no further request is read; what comes is discarded
  bool upgrade_pending_ = false;  // nothing is read: the bytes may belong to the WebSocket
  bool peer_closed_ = false;
  bool close_when_flushed_ = false;
  bool closing_ = false;  // our side is shut; waiting for the peer's
  bool closed_ = false;
  bool counted_ = true;
};

template <class Stream>
void HttpConnection<Stream>::Start() {
  error_code error;
  const auto endpoint = socket().remote_endpoint(error);
  if (error) {
    return;  // gone already
  }
  auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  remote_address_ = address.to_string();
  socket().set_option(asio::ip::tcp::no_delay(true), error);
  socket().non_blocking(true, error);
  read_deadline_ = Clock::now() + options_.header_timeout;
  worker_->Add(this->shared_from_this());
  if (closed_ || closing_) {
    return;  // the server drains
  }
  if constexpr (kIsTls) {
    reading_ = true;
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [self = this->shared_from_this()](const error_code& failure) {
                              self->reading_ = false;
                              if (failure) {
                                self->Abort();
                              } else {
                                self->Pump();
                              }
                            });
  } else {
    StartRead();
  }
}

// ---- Reading

template <class Stream>
bool HttpConnection<Stream>::MayBegin() const {
  return !input_ended_ && !upgrade_pending_ &&
         pipeline_.size() < static_cast<std::size_t>(options_.max_pipelined) &&
         pipeline_.body_bytes() <= options_.body_limit && output().bytes() < kUnreadResponses;
}

template <class Stream>
void HttpConnection<Stream>::StartRead() {
  reading_ = true;
  if (buffer_.size() == 0 && !IsReading() && buffer_.capacity() > kKeptReadBuffer) {
    buffer_.shrink_to_fit();
  }
  const std::size_t size = reader_.is_in_body() || input_ended_ ? kBodyReadSize : kHeaderReadSize;
  stream_.async_read_some(buffer_.prepare(size), [self = this->shared_from_this()](
                                                     const error_code& error, std::size_t count) {
    self->reading_ = false;
    self->OnRead(error, count);
  });
}

template <class Stream>
void HttpConnection<Stream>::OnRead(const error_code& error, std::size_t size) {
  if (closed_) {
    return;
  }
  if (error) {
    if (error != asio::error::eof && error != asio::ssl::error::stream_truncated) {
      Abort();
      return;
    }
    // A half-closed client still gets the answers that are ready; like other proxies, we take it
    // for gone and let the handlers know.
    peer_closed_ = true;
    if (closing_) {
      Abort();
      return;
    }
    input_ended_ = true;
    reader_.Drop();
    const auto self = this->shared_from_this();
    pipeline_.CancelAll();
    if (pipeline_.empty()) {
      close_when_flushed_ = true;
    }
    Pump();
    return;
  }
  buffer_.commit(size);
  Pump();
}

// True when it stopped for want of room in the pipeline, not of input.
template <class Stream>
bool HttpConnection<Stream>::ParseBuffered() {
  while (!closed_ && !input_ended_ && buffer_.size() > 0) {
    if (!IsReading()) {
      if (!MayBegin()) {
        return true;
      }
      // Empty lines before a request are to be ignored (RFC 9112 §2.2).
      const auto* bytes = static_cast<const char*>(buffer_.data().data());
      if (*bytes == '\r' || *bytes == '\n') {
        buffer_.consume(1);
        continue;
      }
      reader_.Begin();
      served_any_ = true;
      read_deadline_ = Clock::now() + options_.header_timeout;
    }
    if (!ParseSome()) {
      break;
    }
  }
  if (input_ended_) {
    buffer_.consume(buffer_.size());
  }
  return false;
}

// False when more input is needed.
template <class Stream>
bool HttpConnection<Stream>::ParseSome() {
  switch (reader_.Feed(buffer_)) {
    case RequestReader::Progress::kNeedsInput:
      return false;
    case RequestReader::Progress::kGoesOn:
      break;
    case RequestReader::Progress::kHeaderDone:
      read_deadline_ = Clock::now() + options_.body_timeout;
      if (reader_.expects_continue() && buffer_.size() == 0) {
        continue_owed_ = true;
        SendContinue();
      }
      break;
    case RequestReader::Progress::kDone:
      Dispatch();
      break;
    case RequestReader::Progress::kRefused:
      Reject(reader_.status(), reader_.detail());
      return false;
  }
  return true;
}

template <class Stream>
void HttpConnection<Stream>::SendContinue() {
  if (continue_owed_ && pipeline_.empty()) {
    continue_owed_ = false;
    output().Tail().append("HTTP/1.1 100 Continue\r\n\r\n");
  }
}

template <class Stream>
void HttpConnection<Stream>::Dispatch() {
  RequestReader::Complete complete = reader_.Take();
  const std::shared_ptr<ExchangeImpl> exchange = std::move(complete.exchange);
  const bool upgrade = complete.is_websocket_upgrade;
  Request& request = exchange->request;
  request.remote_address = remote_address_;
  request.is_tls = kIsTls;
  continue_owed_ = false;
  read_deadline_ = kNever;
  input_ended_ = !complete.keep_alive && !upgrade;
  if (upgrade) {
    upgrade_pending_ = true;
    upgrade_ = std::make_unique<Request>(request);
  }
  const std::uint64_t sequence = pipeline_.Add({.exchange = exchange,
                                                .is_head = request.method == "HEAD",
                                                .keep_alive = complete.keep_alive,
                                                .http_version = request.http_version,
                                                .body_bytes = request.body.size()});
  worker_->counters().requests_total.fetch_add(1, std::memory_order_relaxed);
  exchange->Open(this->shared_from_this(), sequence, upgrade);
  worker_->core().handler(exchange);
}

// Answers what cannot become a request, after the answers before it, and closes.
template <class Stream>
void HttpConnection<Stream>::Reject(int status, std::string_view detail) {
  const bool is_head = reader_.is_head();
  reader_.Drop();
  continue_owed_ = false;
  input_ended_ = true;
  read_deadline_ = kNever;
  worker_->counters().rejected_total.fetch_add(1, std::memory_order_relaxed);
  const std::uint64_t sequence =
      pipeline_.Add({.exchange = {}, .is_head = is_head, .keep_alive = false});
  Apply(sequence, options_.error_response(status, detail));
}

// ---- Answering

template <class Stream>
void HttpConnection<Stream>::Deliver(std::uint64_t sequence, ExchangeEvent event) {
  if (worker_->InThread()) {
    Apply(sequence, std::move(event));
    return;
  }
  worker_->Post([self = this->shared_from_this(), sequence, event = std::move(event)]() mutable {
    self->Apply(sequence, std::move(event));
  });
}

template <class Stream>
void HttpConnection<Stream>::Apply(std::uint64_t sequence, ExchangeEvent event) {
  const auto self = this->shared_from_this();
  if (closed_ || !pipeline_.Has(sequence)) {
    if (auto* piece = std::get_if<StreamPiece>(&event); piece != nullptr && piece->done) {
      piece->done(false);
    }
    return;
  }
  if (std::holds_alternative<StreamCut>(event)) {
    Abort();
    return;
  }
  const AnswerPipeline::Effect effect = pipeline_.Apply(sequence, std::move(event), IsReading());
  input_ended_ |= effect.ends_input;
  if (effect.is_last_done && upgrade_pending_) {
    upgrade_pending_ = false;  // the upgrade was refused
    upgrade_.reset();
  }
  Advance();
  Pump();
}

template <class Stream>
void HttpConnection<Stream>::Advance() {
  if (pipeline_.Advance()) {
    close_when_flushed_ = true;
    return;
  }
  if (pipeline_.empty()) {
    SendContinue();
    if (!IsReading() && !input_ended_) {
      OnIdle();
    } else if (peer_closed_) {
      close_when_flushed_ = true;
    }
  }
}

template <class Stream>
void HttpConnection<Stream>::OnIdle() {
  read_deadline_ = Clock::now() + options_.idle_timeout;
  if (worker_->core().draining.load()) {
    input_ended_ = true;
    close_when_flushed_ = true;
  }
}

// ---- Writing and ending

// Drives the connection as far as it goes without waiting.
template <class Stream>
void HttpConnection<Stream>::Pump() {
  if (pumping_ || closed_) {
    return;
  }
  const auto self = this->shared_from_this();
  pumping_ = true;
  bool is_blocked = false;
  do {
    is_blocked = !reading_ && ParseBuffered();
    if (!closed_) {
      Write();
    }
    // Writing may have made room for what is buffered.
  } while (!closed_ && is_blocked && MayBegin());
  pumping_ = false;
  if (closed_) {
    return;
  }
  const bool flushed = output().empty() && !writing_;
  if (flushed && close_when_flushed_ && !closing_) {
    BeginClose();
  } else if (flushed && !reading_ && pipeline_.is_websocket_next()) {
    UpgradeToWebSocket();
    return;
  }
  const bool wants_input = input_ended_ ? !peer_closed_ : IsReading() || MayBegin();
  if (!closed_ && !reading_ && wants_input) {
    StartRead();
  }
}

template <class Stream>
void HttpConnection<Stream>::Write() {
  if (writing_ || output().empty()) {
    return;
  }
  if constexpr (!kIsTls) {
    for (int round = 0; round < kWriteRounds && !output().empty(); ++round) {
      const GatheredWrite::Sequence pieces = gathered_.Gather(output());
      error_code error;
      std::size_t sent = 0;
      if (pieces.size == 1) {
        sent = stream_.write_some(asio::const_buffers_1(*pieces.begin()), error);
      } else if (pieces.size > 1) {
        sent = stream_.write_some(pieces, error);
      }
      if (error == asio::error::would_block) {
        break;
      }
      if (error) {
        Abort();
        return;
      }
      Consumed(sent);
      if (closed_) {
        return;
      }
    }
  }
  if (gathered_.Gather(output()).size == 0) {
    Consumed(0);  // nothing but callbacks
  }
  if (closed_ || output().empty()) {
    return;
  }
  output().Seal();
  writing_ = true;
  write_deadline_ = Clock::now() + options_.write_timeout;
  stream_.async_write_some(
      gathered_.Gather(output()),
      [self = this->shared_from_this()](const error_code& error, std::size_t size) {
        self->writing_ = false;
        self->write_deadline_ = kNever;
        if (self->closed_) {
          return;
        }
        if (error) {
          self->Abort();
          return;
        }
        self->Consumed(size);
        self->Pump();
      });
}

template <class Stream>
void HttpConnection<Stream>::Consumed(std::size_t size) {
  for (const Exchange::WriteDone& done : output().Consume(size)) {
    done(true);
  }
}

// Shuts our side once everything is sent, and reads on until the peer shuts its own: closing with
// input unread would reset the connection and could take the last answer with it.
template <class Stream>
void HttpConnection<Stream>::BeginClose() {
  closing_ = true;
  input_ended_ = true;
  if (peer_closed_) {
    Close();
    return;
  }
  read_deadline_ = Clock::now() + options_.linger_timeout;
  error_code ignored;
  if constexpr (kIsTls) {
    stream_.async_shutdown([self = this->shared_from_this()](const error_code&) {
      if (!self->closed_) {
        self->Close();
      }
    });
  } else {
    socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  }
}

template <class Stream>
void HttpConnection<Stream>::Abort() {
  if (closed_) {
    return;
  }
  const auto self = this->shared_from_this();
  Close();
}

template <class Stream>
void HttpConnection<Stream>::Close() {
  closed_ = true;
  const auto self = this->shared_from_this();
  error_code ignored;
  socket().close(ignored);
  pipeline_.CancelAll();
  pipeline_.Clear();
  reader_.Drop();
  upgrade_.reset();
  ReleaseCount();
  worker_->Remove(*this);
}

template <class Stream>
void HttpConnection<Stream>::ReleaseCount() {
  if (counted_) {
    counted_ = false;
    worker_->core().connections.fetch_sub(1, std::memory_order_relaxed);
  }
}

template <class Stream>
void HttpConnection<Stream>::UpgradeToWebSocket() {
  if (buffer_.size() > 0) {
    Abort();  // frames before our 101 break the protocol (RFC 6455 §4.1)
    return;
  }
  std::unique_ptr<WebSocketHandler> handler = pipeline_.TakeWebSocket();
  const std::unique_ptr<Request> request = std::move(upgrade_);
  closed_ = true;
  worker_->Remove(*this);
  ServeWebSocket(worker_, std::move(stream_), *request, std::move(handler));
  ReleaseCount();
}

template <class Stream>
void HttpConnection<Stream>::OnTick(Clock::time_point now) {
  if (now >= write_deadline_) {
    Abort();
    return;
  }
  if (now < read_deadline_) {
    if (pipeline_.empty() && output().empty()) {
      output().Shrink();
    }
    return;
  }
  if (!closing_ && !IsReading() && !output().empty()) {
    // The last answer is still on its way; that has a deadline of its own.
    read_deadline_ = now + options_.idle_timeout;
    return;
  }
  if (closing_ || !served_any_ || !IsReading()) {
    Abort();
    return;
  }
  Reject(408, "The request took too long to arrive");
}

template <class Stream>
void HttpConnection<Stream>::OnDrain() {
  if (pipeline_.empty() && !IsReading() && !closing_) {
    input_ended_ = true;
    close_when_flushed_ = true;
    Pump();
  }
}

}  // namespace

void ServeHttp(std::shared_ptr<Worker> worker, TcpSocket socket,
               std::shared_ptr<asio::ssl::context> tls) {
  if (tls) {
    TlsStream stream(std::move(socket), *tls);
    std::make_shared<HttpConnection<TlsStream>>(std::move(worker), std::move(stream),
                                                std::move(tls))
        ->Start();
  } else {
    std::make_shared<HttpConnection<TcpSocket>>(std::move(worker), std::move(socket), nullptr)
        ->Start();
  }
}

}  // namespace jobmesh::gateway::http
