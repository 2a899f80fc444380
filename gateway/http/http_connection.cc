#include "gateway/http/http_connection.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include "gateway/http/exchange_impl.h"
#include "gateway/http/output_queue.h"
#include "gateway/http/request_parser.h"
#include "gateway/http/response_writer.h"
#include "gateway/http/websocket_connection.h"

namespace jobmesh::gateway::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kHeaderReadSize = 4 * 1024;
constexpr std::size_t kBodyReadSize = 32 * 1024;
// Read buffers above this are given back when the connection falls idle.
constexpr std::size_t kKeptReadBuffer = 16 * 1024;
// Bodies up to this are copied behind their head: cheaper than a second piece of a gathered write.
constexpr std::size_t kCopiedBody = 8 * 1024;
// No new request is begun while the client leaves more than this of its responses unread.
constexpr std::size_t kUnreadResponses = 1024 * 1024;
constexpr std::size_t kPiecesPerWrite = 16;
// Writes in a row before other connections get their turn.
constexpr int kWriteRounds = 16;
constexpr Clock::time_point kNever = Clock::time_point::max();

// One HTTP connection. Requests are read ahead and handed out as they come (pipelining); each has a
// slot in the pipeline, and answers leave in the order of the slots. Everything runs on the
// worker's thread, except Deliver.
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
        stream_(std::move(stream)) {
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

  // A request handed to the handler whose answer has not left completely.
  struct Slot {
    std::weak_ptr<ExchangeImpl> exchange;
    bool is_head = false;
    bool keep_alive = true;
    int http_version = 11;
    bool answered = false;  // the answer has begun
    bool finished = false;  // all of it is queued
    bool chunked = false;
    bool close = false;  // the connection ends after this answer
    std::size_t body_bytes = 0;
    std::unique_ptr<OutputQueue> early;  // of an answer that came before its turn
    std::unique_ptr<WebSocketHandler> websocket;
  };

  // Pieces of one gathered write, as a ConstBufferSequence.
  struct Gathered {
    using value_type = asio::const_buffer;
    using const_iterator = const asio::const_buffer*;
    const asio::const_buffer* first;
    std::size_t size;
    const_iterator begin() const { return first; }
    const_iterator end() const { return first + size; }
  };

  // Reading.
  void StartRead();
  void OnRead(const error_code& error, std::size_t size);
  bool ParseBuffered();
  bool ParseSome();
  void BeginRequest();
  bool AdmitHeader();
  void Dispatch();
  void Reject(int status, std::string_view detail);
  bool MayBegin() const;
  bool IsReading() const { return parser_.has_value(); }

  // Answering.
  void Apply(std::uint64_t sequence, ExchangeEvent event);
  void Render(Slot& slot, OutputQueue& out, Response response);
  void Render(Slot& slot, OutputQueue& out, StreamStart start);
  void Render(Slot& slot, OutputQueue& out, StreamPiece piece);
  void Render(Slot& slot, OutputQueue& out, StreamEnd end);
  bool KeepAliveAfter(Slot& slot);
  void Advance();
  void OnIdle();
  void SendContinue();

  // Writing and ending.
  void Pump();
  Gathered Gather();
  void Write();
  void Consumed(std::size_t size);
  void BeginClose();
  void CancelAll();
  void Close();
  void ReleaseCount();
  void UpgradeToWebSocket();
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
  std::shared_ptr<ExchangeImpl> incoming_;  // being read
  std::optional<RequestParser> parser_;     // of `incoming_`
  std::unique_ptr<Request> upgrade_;        // the one the WebSocket handshake answers

  std::vector<Slot> pipeline_;
  std::uint64_t first_sequence_ = 0;  // of pipeline_.front()
  std::size_t pipelined_bytes_ = 0;
  OutputQueue out_;
  std::array<asio::const_buffer, kPiecesPerWrite> gathered_;  // during a write

  Clock::time_point read_deadline_ = kNever;  // also that of lingering
  Clock::time_point write_deadline_ = kNever;

  bool served_any_ = false;  // a request has begun
  bool header_admitted_ = false;
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
         pipelined_bytes_ <= options_.body_limit && out_.bytes() < kUnreadResponses;
}

template <class Stream>
void HttpConnection<Stream>::StartRead() {
  reading_ = true;
  if (buffer_.size() == 0 && !IsReading() && buffer_.capacity() > kKeptReadBuffer) {
    buffer_.shrink_to_fit();
  }
  const std::size_t size = header_admitted_ || input_ended_ ? kBodyReadSize : kHeaderReadSize;
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
    parser_.reset();
    incoming_.reset();
    const auto self = this->shared_from_this();
    CancelAll();
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
      BeginRequest();
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
  error_code error;
  const asio::const_buffer unread = buffer_.data();
  buffer_.consume(parser_->put(unread, error));
  std::string_view detail;
  if (error == boost::beast::http::error::need_more) {
    // Chunk extensions and trailers have no limit in the parser.
    if (buffer_.size() > options_.header_limit) {
      Reject(431, "The header is too large");
    }
    return false;
  }
  if (error) {
    const int status =
        parser_->StatusOf(error, {static_cast<const char*>(unread.data()), unread.size()}, detail);
    Reject(status, detail);
    return false;
  }
  if (!header_admitted_ && parser_->is_header_done() && !AdmitHeader()) {
    return false;
  }
  if (parser_->is_done()) {
    Dispatch();
  }
  return true;
}

template <class Stream>
void HttpConnection<Stream>::BeginRequest() {
  incoming_ = std::make_shared<ExchangeImpl>();
  parser_.emplace(incoming_->request, options_);
  header_admitted_ = false;
  served_any_ = true;
  read_deadline_ = Clock::now() + options_.header_timeout;
}

template <class Stream>
bool HttpConnection<Stream>::AdmitHeader() {
  header_admitted_ = true;
  std::string_view detail;
  if (const int status = parser_->CheckHeader(detail); status != 0) {
    Reject(status, detail);
    return false;
  }
  if (!parser_->is_done()) {
    parser_->eager(true);
    read_deadline_ = Clock::now() + options_.body_timeout;
    if (incoming_->request.http_version >= 11 && incoming_->request.headers.Find("Expect") &&
        buffer_.size() == 0) {
      continue_owed_ = true;
      SendContinue();
    }
  }
  return true;
}

template <class Stream>
void HttpConnection<Stream>::SendContinue() {
  if (continue_owed_ && pipeline_.empty()) {
    continue_owed_ = false;
    out_.Tail().append("HTTP/1.1 100 Continue\r\n\r\n");
  }
}

template <class Stream>
void HttpConnection<Stream>::Dispatch() {
  const std::shared_ptr<ExchangeImpl> exchange = std::move(incoming_);
  Request& request = exchange->request;
  request.remote_address = remote_address_;
  request.is_tls = kIsTls;
  Slot slot;
  slot.exchange = exchange;
  slot.is_head = request.method == "HEAD";
  slot.http_version = request.http_version;
  slot.keep_alive = parser_->keep_alive();
  slot.body_bytes = request.body.size();
  const bool upgrade = parser_->upgrade() && request.method == "GET" && request.body.empty() &&
                       HasToken(*request.headers.Find("Upgrade"), "websocket");
  parser_.reset();
  header_admitted_ = false;
  continue_owed_ = false;
  read_deadline_ = kNever;
  input_ended_ = !slot.keep_alive && !upgrade;
  if (upgrade) {
    upgrade_pending_ = true;
    upgrade_ = std::make_unique<Request>(request);
  }
  pipelined_bytes_ += slot.body_bytes;
  pipeline_.push_back(std::move(slot));
  WorkerCounters& counters = worker_->counters();
  counters.requests_total.fetch_add(1, std::memory_order_relaxed);
  counters.in_flight.fetch_add(1, std::memory_order_relaxed);
  exchange->Open(this->shared_from_this(), first_sequence_ + pipeline_.size() - 1, upgrade);
  worker_->core().handler(exchange);
}

// Answers what cannot become a request, after the answers before it, and closes.
template <class Stream>
void HttpConnection<Stream>::Reject(int status, std::string_view detail) {
  Slot slot;
  slot.is_head = incoming_ && incoming_->request.method == "HEAD";
  slot.keep_alive = false;
  parser_.reset();
  incoming_.reset();
  continue_owed_ = false;
  input_ended_ = true;
  read_deadline_ = kNever;
  pipeline_.push_back(std::move(slot));
  worker_->counters().rejected_total.fetch_add(1, std::memory_order_relaxed);
  worker_->counters().in_flight.fetch_add(1, std::memory_order_relaxed);
  Apply(first_sequence_ + pipeline_.size() - 1, options_.error_response(status, detail));
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
  const std::uint64_t index = sequence - first_sequence_;
  if (closed_ || sequence < first_sequence_ || index >= pipeline_.size()) {
    if (auto* piece = std::get_if<StreamPiece>(&event); piece != nullptr && piece->done) {
      piece->done(false);
    }
    return;
  }
  if (std::holds_alternative<StreamCut>(event)) {
    Abort();
    return;
  }
  Slot& slot = pipeline_[index];
  if (auto* accept = std::get_if<WebSocketAccept>(&event)) {
    slot.websocket = std::move(accept->handler);
  } else {
    if (index > 0 && !slot.early) {
      slot.early = std::make_unique<OutputQueue>();
    }
    OutputQueue& out = index > 0 ? *slot.early : out_;
    if (auto* response = std::get_if<Response>(&event)) {
      Render(slot, out, std::move(*response));
    } else if (auto* start = std::get_if<StreamStart>(&event)) {
      Render(slot, out, std::move(*start));
    } else if (auto* piece = std::get_if<StreamPiece>(&event)) {
      Render(slot, out, std::move(*piece));
    } else {
      Render(slot, out, StreamEnd{});
    }
    if (slot.finished && upgrade_pending_ && index + 1 == pipeline_.size()) {
      upgrade_pending_ = false;  // the upgrade was refused
      upgrade_.reset();
    }
  }
  Advance();
  Pump();
}

// Whether the connection outlives the answer being begun in `slot`.
template <class Stream>
bool HttpConnection<Stream>::KeepAliveAfter(Slot& slot) {
  // While draining, the last answer says so; those before it must not, or the client would take
  // the requests after them for lost.
  const bool is_last = &slot == &pipeline_.back() && !IsReading();
  if (slot.close || !slot.keep_alive || (worker_->core().draining.load() && is_last)) {
    slot.close = true;
    if (is_last) {
      input_ended_ = true;
    }
  }
  return !slot.close;
}

template <class Stream>
void HttpConnection<Stream>::Render(Slot& slot, OutputQueue& out, Response response) {
  if (slot.answered) {
    return;
  }
  slot.answered = true;
  slot.finished = true;
  slot.close = response.close_connection;
  if (slot.close) {
    input_ended_ = true;
  }
  const std::string& content = response.content();
  const bool bodyless = IsBodyless(response.status);
  std::string& text = out.Tail();
  AppendHead(text, response.status, response.headers,
             {.date = worker_->date(),
              .framing = bodyless ? Framing::kNone : Framing::kLength,
              .length = content.size(),
              .keep_alive = KeepAliveAfter(slot),
              .http_version = slot.http_version});
  if (bodyless || slot.is_head) {
    return;
  }
  if (content.size() <= kCopiedBody) {
    text.append(content);
  } else if (response.shared_body) {
    out.AppendShared(std::move(response.shared_body));
  } else {
    out.AppendShared(std::make_shared<const std::string>(std::move(response.body)));
  }
}

template <class Stream>
void HttpConnection<Stream>::Render(Slot& slot, OutputQueue& out, StreamStart start) {
  if (slot.answered) {
    return;
  }
  slot.answered = true;
  slot.chunked = slot.http_version >= 11 && !IsBodyless(start.status);
  if (!slot.chunked) {
    slot.close = true;
    input_ended_ = true;
  }
  AppendHead(out.Tail(), start.status, start.headers,
             {.date = worker_->date(),
              .framing = slot.chunked ? Framing::kChunked : Framing::kUntilClose,
              .keep_alive = KeepAliveAfter(slot),
              .http_version = slot.http_version});
}

template <class Stream>
void HttpConnection<Stream>::Render(Slot& slot, OutputQueue& out, StreamPiece piece) {
  if (!slot.is_head) {
    if (slot.chunked) {
      AppendChunk(out.Tail(), piece.data);
    } else {
      out.Tail().append(piece.data);
    }
  }
  if (piece.done) {
    out.AppendDone(std::move(piece.done));
  }
}

template <class Stream>
void HttpConnection<Stream>::Render(Slot& slot, OutputQueue& out, StreamEnd) {
  slot.finished = true;
  if (slot.chunked && !slot.is_head) {
    out.Tail().append(kLastChunk);
  }
}

// Takes finished answers out of the pipeline and brings the next one's early output forward.
template <class Stream>
void HttpConnection<Stream>::Advance() {
  while (!pipeline_.empty() && pipeline_.front().finished) {
    const bool close = pipeline_.front().close;
    pipelined_bytes_ -= pipeline_.front().body_bytes;
    pipeline_.erase(pipeline_.begin());
    ++first_sequence_;
    worker_->counters().in_flight.fetch_sub(1, std::memory_order_relaxed);
    if (close) {
      close_when_flushed_ = true;
      CancelAll();
      worker_->counters().in_flight.fetch_sub(static_cast<std::int64_t>(pipeline_.size()),
                                              std::memory_order_relaxed);
      first_sequence_ += pipeline_.size();
      pipeline_.clear();
      return;
    }
    if (!pipeline_.empty() && pipeline_.front().early) {
      out_.Append(std::move(*pipeline_.front().early));
      pipeline_.front().early.reset();
    }
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
  const bool flushed = out_.empty() && !writing_;
  if (flushed && close_when_flushed_ && !closing_) {
    BeginClose();
  } else if (flushed && !reading_ && !pipeline_.empty() && pipeline_.front().websocket) {
    UpgradeToWebSocket();
    return;
  }
  const bool wants_input = input_ended_ ? !peer_closed_ : IsReading() || MayBegin();
  if (!closed_ && !reading_ && wants_input) {
    StartRead();
  }
}

template <class Stream>
typename HttpConnection<Stream>::Gathered HttpConnection<Stream>::Gather() {
  std::size_t size = 0;
  for (const std::string_view piece : out_.Pieces(kPiecesPerWrite)) {
    gathered_[size++] = asio::const_buffer(piece.data(), piece.size());
  }
  return {gathered_.data(), size};
}

template <class Stream>
void HttpConnection<Stream>::Write() {
  if (writing_ || out_.empty()) {
    return;
  }
  if constexpr (!kIsTls) {
    for (int round = 0; round < kWriteRounds && !out_.empty(); ++round) {
      const Gathered pieces = Gather();
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
  if (Gather().size == 0) {
    Consumed(0);  // nothing but callbacks
  }
  if (closed_ || out_.empty()) {
    return;
  }
  out_.Seal();
  writing_ = true;
  write_deadline_ = Clock::now() + options_.write_timeout;
  stream_.async_write_some(
      Gather(), [self = this->shared_from_this()](const error_code& error, std::size_t size) {
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
  for (const Exchange::WriteDone& done : out_.Consume(size)) {
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
void HttpConnection<Stream>::CancelAll() {
  // A callback may answer, and so change the pipeline.
  std::vector<std::shared_ptr<ExchangeImpl>> exchanges;
  for (const Slot& slot : pipeline_) {
    if (auto exchange = slot.exchange.lock()) {
      exchanges.push_back(std::move(exchange));
    }
  }
  for (const auto& exchange : exchanges) {
    exchange->Cancel();
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
  worker_->counters().in_flight.fetch_sub(static_cast<std::int64_t>(pipeline_.size()),
                                          std::memory_order_relaxed);
  CancelAll();
  for (const Exchange::WriteDone& done : out_.Clear()) {
    done(false);
  }
  for (Slot& slot : pipeline_) {
    if (slot.early) {
      for (const Exchange::WriteDone& done : slot.early->Clear()) {
        done(false);
      }
    }
  }
  pipeline_.clear();
  parser_.reset();
  incoming_.reset();
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
  std::unique_ptr<WebSocketHandler> handler = std::move(pipeline_.front().websocket);
  const std::unique_ptr<Request> request = std::move(upgrade_);
  closed_ = true;
  worker_->counters().in_flight.fetch_sub(1, std::memory_order_relaxed);
  pipeline_.clear();
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
    if (pipeline_.empty() && out_.empty()) {
      out_.Shrink();
    }
    return;
  }
  if (!closing_ && !IsReading() && !out_.empty()) {
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
