#include "runtime/rpc/http2_connection.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "boost/asio/connect.hpp"
#include "boost/asio/post.hpp"
#include "nghttp2/nghttp2.h"

#include "runtime/errors.h"
#include "runtime/rpc/metadata.h"

namespace jobmesh::runtime::rpc {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr absl::Duration kKeepaliveTimeout = absl::Seconds(3);
constexpr absl::Duration kConnectTimeout = absl::Seconds(3);
constexpr absl::Duration kFirstPause = absl::Milliseconds(100);
constexpr absl::Duration kLongestPause = absl::Seconds(1);

// What a server may send ahead of our reading: the answers of many calls share a connection.
constexpr int32_t kStreamWindow = 1 << 20;
constexpr int32_t kConnectionWindow = 16 << 20;
constexpr size_t kOutputBatch = 64 * 1024;

constexpr std::string_view kUniqueHeaders[] = {kRequestIdHeader, kTraceparentHeader,
                                               kAuthorizationHeader, "idempotency-key"};

// No server is sent a header list (RFC 9113 section 6.5.2) that is larger than it takes, which of
// gRPC's is this much and never less. gRPC of Debian 12 stops decoding one that is too large, loses
// its place in the compression table with it, and from then on reads the calls of others on the
// connection wrongly (CVE-2023-32731).
constexpr size_t kMostHeaderList = 8 * 1024;
constexpr size_t kHeaderOverhead = 32;

size_t HeaderListSize(const std::vector<nghttp2_nv>& fields) {
  size_t size = 0;
  for (const nghttp2_nv& field : fields) {
    size += field.namelen + field.valuelen + kHeaderOverhead;
  }
  return size;
}

nghttp2_nv Field(std::string_view name, std::string_view value, uint8_t flags) {
  // nghttp2 takes pointers to what it does not change, and copies both.
  auto bytes = [](std::string_view text) {
    return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), flags};
}

}  // namespace

struct Http2Connection::Callbacks {
  static Exchange* Of(nghttp2_session* session, int32_t stream_id) {
    return static_cast<Exchange*>(nghttp2_session_get_stream_user_data(session, stream_id));
  }

  static int OnHeader(nghttp2_session* session, const nghttp2_frame* frame, const uint8_t* name,
                      size_t name_size, const uint8_t* value, size_t value_size, uint8_t, void*) {
    if (Exchange* exchange = Of(session, frame->hd.stream_id)) {
      exchange->answer.OnHeader({reinterpret_cast<const char*>(name), name_size},
                                {reinterpret_cast<const char*>(value), value_size},
                                frame->headers.cat == NGHTTP2_HCAT_HEADERS);
    }
    return 0;
  }

  static int OnData(nghttp2_session* session, uint8_t, int32_t stream_id, const uint8_t* data,
                    size_t size, void*) {
    if (Exchange* exchange = Of(session, stream_id)) {
      exchange->answer.OnData({reinterpret_cast<const char*>(data), size});
      exchange->OnBody(size);
    }
    // What one reader leaves must not hold up the others.
    nghttp2_session_consume_connection(session, size);
    return 0;
  }

  static int OnStreamClose(nghttp2_session* session, int32_t stream_id, uint32_t error,
                           void* user_data) {
    if (Exchange* exchange = Of(session, stream_id)) {
      const bool late = absl::Now() >= Http2Connection::DeadlineOf(*exchange);
      exchange->stream_id = 0;
      static_cast<Http2Connection*>(user_data)->Finish(
          *exchange, exchange->answer.Finish(
                         exchange->refused ? uint32_t{NGHTTP2_REFUSED_STREAM} : error, late));
    }
    return 0;
  }

  static int OnFrame(nghttp2_session* session, const nghttp2_frame* frame, void* user_data) {
    auto& self = *static_cast<Http2Connection*>(user_data);
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      self.retired_ = true;
      if (frame->goaway.error_code == NGHTTP2_ENHANCE_YOUR_CALM) {
        self.keepalive_->Double();
      }
      return 0;
    }
    const bool is_last = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (frame->hd.type != NGHTTP2_HEADERS && !(frame->hd.type == NGHTTP2_DATA && is_last)) {
      return 0;
    }
    Exchange* exchange = Of(session, frame->hd.stream_id);
    if (exchange == nullptr) {
      return 0;
    }
    if (!is_last) {
      exchange->OnHeadersDone();
    } else if (nghttp2_session_get_stream_local_close(session, frame->hd.stream_id) == 0) {
      // The server has said all; what this side has still to say interests nobody.
      self.Finish(*exchange, exchange->answer.Finish(NGHTTP2_NO_ERROR, false));
    }
    return 0;
  }

  // Its stream is closed next.
  static int OnFrameNotSent(nghttp2_session* session, const nghttp2_frame* frame, int, void*) {
    if (frame->hd.type == NGHTTP2_HEADERS) {
      if (Exchange* exchange = Of(session, frame->hd.stream_id)) {
        exchange->refused = true;
      }
    }
    return 0;
  }

  static ssize_t ReadBody(nghttp2_session*, int32_t, uint8_t* buffer, size_t room, uint32_t* flags,
                          nghttp2_data_source* source, void*) {
    auto& exchange = *static_cast<Exchange*>(source->ptr);
    const Exchange::Piece piece = exchange.ReadBody(reinterpret_cast<char*>(buffer), room);
    if (piece.is_last) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
    } else if (piece.size == 0) {
      return NGHTTP2_ERR_DEFERRED;
    }
    return static_cast<ssize_t>(piece.size);
  }

  static nghttp2_session_callbacks* Make() {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, OnHeader);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, OnData);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, OnStreamClose);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, OnFrame);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, OnFrameNotSent);
    return callbacks;
  }
};

Http2Connection::Http2Connection(std::shared_ptr<EventLoop> loop, std::string target,
                                 std::shared_ptr<Keepalive> keepalive)
    : loop_(std::move(loop)),
      target_(std::move(target)),
      keepalive_(std::move(keepalive)),
      resolver_(loop_->io()),
      socket_(loop_->io()),
      timer_(loop_->io()),
      pause_(kFirstPause) {}

Http2Connection::~Http2Connection() { nghttp2_session_del(session_); }

// ---- Connecting

void Http2Connection::Connect() {
  state_ = State::kConnecting;
  ++attempt_;
  connect_deadline_ = absl::Now() + kConnectTimeout;
  const size_t colon = target_.rfind(':');
  std::string host = target_.substr(0, colon);
  const std::string port = colon == std::string::npos ? "" : target_.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  }
  auto handler = [self = shared_from_this(), attempt = attempt_](
                     const ErrorCode& error, const tcp::resolver::results_type& addresses) {
    if (attempt == self->attempt_ && self->state_ == State::kConnecting) {
      error ? self->Break(error.message()) : self->Dial(addresses);
    }
  };
  ErrorCode error;
  // An address needs no resolver, which would be a thread of its own.
  const auto numeric = resolver_.resolve(
      host, port, tcp::resolver::numeric_host | tcp::resolver::numeric_service, error);
  if (!error) {
    Dial(numeric);
  } else {
    resolver_.async_resolve(host, port, std::move(handler));
  }
}

void Http2Connection::Dial(const tcp::resolver::results_type& addresses) {
  asio::async_connect(socket_, addresses,
                      [self = shared_from_this(), attempt = attempt_](const ErrorCode& error,
                                                                      const tcp::endpoint&) {
                        if (attempt == self->attempt_ && self->state_ == State::kConnecting) {
                          error ? self->Break(error.message()) : self->OnConnected();
                        }
                      });
}

void Http2Connection::OnConnected() {
  ErrorCode ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  static nghttp2_session_callbacks* const callbacks = Callbacks::Make();
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  // Readers say what they have room for.
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_session_client_new2(&session_, callbacks, this, option);
  nghttp2_option_del(option);
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, static_cast<uint32_t>(kStreamWindow)}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings));
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
  state_ = State::kReady;
  pinged_ = false;
  last_heard_ = absl::Now();
  connect_deadline_ = absl::InfiniteFuture();
  pause_ = kFirstPause;
  std::vector<Exchange*> waiting;
  for (const auto& [key, exchange] : calls_) {
    waiting.push_back(exchange.get());
  }
  for (Exchange* exchange : waiting) {
    Submit(*exchange);
  }
  Flush();
  if (state_ == State::kReady) {
    Read();
    ArmTimer();
  }
}

// ---- Calls

void Http2Connection::Start(const std::shared_ptr<Exchange>& exchange) {
  calls_.emplace(std::pair(DeadlineOf(*exchange), exchange.get()), exchange);
  if (state_ == State::kIdle && !retired() && absl::Now() >= next_attempt_) {
    Connect();
  }
  if (state_ == State::kReady && !retired()) {
    Submit(*exchange);
    ScheduleFlush();
  } else if (state_ != State::kConnecting) {
    Refuse(*exchange, Unreachable());
    return;
  }
  if (std::min(DeadlineOf(*exchange), connect_deadline_) < timer_due_) {
    ArmTimer();
  }
}

absl::Status Http2Connection::Unreachable() const {
  return absl::UnavailableError(absl::StrCat("cannot reach ", target_));
}

void Http2Connection::Refuse(Exchange& exchange, absl::Status status) {
  CallOutcome outcome;
  outcome.status = std::move(status);
  outcome.never_sent = true;
  Finish(exchange, std::move(outcome));
  asio::post(loop_->io(), [self = shared_from_this()] { self->RunCallbacks(); });
}

void Http2Connection::Submit(Exchange& exchange) {
  const CallHead& request = exchange.head();
  std::vector<nghttp2_nv> fields;
  fields.reserve(request.headers.size() + 7);
  const auto add = [&](std::string_view name, std::string_view value,
                       uint8_t flags = NGHTTP2_NV_FLAG_NONE) {
    fields.push_back(Field(name, value, flags));
  };
  add(":method", "POST");
  add(":scheme", "http");
  add(":path", request.path);
  add(":authority", target_);
  add("te", "trailers");
  add("content-type", "application/grpc");
  std::string timeout;
  if (request.deadline < absl::InfiniteFuture()) {
    timeout = GrpcTimeout(request.deadline - absl::Now());
    add("grpc-timeout", timeout);
  }
  for (const auto& [name, value] : request.headers) {
    // Kept in the compression table, what differs from call to call would push out what does not.
    add(name, value,
        std::ranges::find(kUniqueHeaders, name) != std::end(kUniqueHeaders)
            ? NGHTTP2_NV_FLAG_NO_INDEX
            : NGHTTP2_NV_FLAG_NONE);
  }
  const uint32_t server_takes =
      nghttp2_session_get_remote_settings(session_, NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE);
  if (HeaderListSize(fields) > std::min<size_t>(kMostHeaderList, server_takes)) {
    Refuse(exchange, Error(absl::StatusCode::kResourceExhausted, ErrorReason::INVALID_FIELD,
                           "The header fields that go along with the request are too large",
                           {{"http_status", "431"}}));
    return;
  }
  nghttp2_data_provider body{{.ptr = &exchange}, Callbacks::ReadBody};
  exchange.stream_id =
      nghttp2_submit_request(session_, nullptr, fields.data(), fields.size(), &body, &exchange);
  if (exchange.stream_id < 0) {  // the numbers of streams are used up
    retired_ = true;
    exchange.stream_id = 0;
    Refuse(exchange, Unreachable());
    return;
  }
  exchange.OnHeadSent();
}

void Http2Connection::Cancel(Exchange& exchange) {
  Fail(exchange, absl::CancelledError("the caller has gone"));
  RunCallbacks();
}

void Http2Connection::Fail(Exchange& exchange, absl::Status status) {
  if (Has(exchange)) {
    CallOutcome outcome;
    outcome.status = std::move(status);
    Finish(exchange, std::move(outcome));
  }
}

void Http2Connection::Resume(Exchange& exchange) {
  if (exchange.stream_id > 0 && nghttp2_session_resume_data(session_, exchange.stream_id) == 0) {
    ScheduleFlush();
  }
}

void Http2Connection::Consume(Exchange& exchange, size_t bytes) {
  if (exchange.stream_id > 0 && bytes > 0) {
    nghttp2_session_consume_stream(session_, exchange.stream_id, bytes);
    if (!receiving_) {  // else what there is to say is said right after
      ScheduleFlush();
    }
  }
}

void Http2Connection::Notify(Exchange& exchange) {
  if (!std::exchange(exchange.notified, true)) {
    notified_.push_back(exchange.shared_from_this());
  }
}

void Http2Connection::Finish(Exchange& exchange, CallOutcome outcome) {
  if (session_ != nullptr && exchange.stream_id > 0) {
    nghttp2_session_set_stream_user_data(session_, exchange.stream_id, nullptr);
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, exchange.stream_id,
                              outcome.status.ok() ? NGHTTP2_NO_ERROR : NGHTTP2_CANCEL);
    ScheduleFlush();
  }
  exchange.stream_id = 0;
  auto node = calls_.extract({DeadlineOf(exchange), &exchange});
  finished_.emplace_back(std::move(node.mapped()), std::move(outcome));
}

void Http2Connection::RunCallbacks() {
  // A callback may start a call, and so finish another.
  while (!notified_.empty() || !finished_.empty()) {
    for (const auto& exchange : std::exchange(notified_, {})) {
      exchange->notified = false;
      exchange->OnNotified();
    }
    for (auto& [exchange, outcome] : std::exchange(finished_, {})) {
      exchange->OnFinished(std::move(outcome));
    }
  }
  if (retired() && calls_.empty()) {
    Close();
  }
}

// ---- Bytes

void Http2Connection::Read() {
  socket_.async_read_some(asio::buffer(input_), [self = shared_from_this(), attempt = attempt_](
                                                    const ErrorCode& error, size_t size) {
    if (attempt != self->attempt_ || self->state_ != State::kReady) {
      return;
    }
    if (error) {
      self->Break(error.message());
    } else {
      self->OnRead(size);
    }
  });
}

void Http2Connection::OnRead(size_t size) {
  last_heard_ = absl::Now();
  pinged_ = false;
  const auto attempt = attempt_;
  receiving_ = true;
  const ssize_t taken =
      nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(input_.data()), size);
  receiving_ = false;
  if (taken < 0) {
    Break(nghttp2_strerror(static_cast<int>(taken)));
    return;
  }
  RunCallbacks();
  if (attempt != attempt_ || state_ != State::kReady) {
    return;
  }
  if (!flush_scheduled_) {
    Flush();
  }
  if (attempt == attempt_ && state_ == State::kReady) {
    Read();
  }
}

// Calls that come in one turn of the loop leave in one write.
void Http2Connection::ScheduleFlush() {
  if (flush_scheduled_) {
    return;
  }
  flush_scheduled_ = true;
  asio::post(loop_->io(), [self = shared_from_this()] {
    self->flush_scheduled_ = false;
    self->Flush();
  });
}

bool Http2Connection::FillOutput() {
  while (output_.size() < kOutputBatch) {
    const uint8_t* data = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &data);
    if (size < 0) {
      Break(nghttp2_strerror(static_cast<int>(size)));
      return false;
    }
    if (size == 0) {
      break;
    }
    output_.append(reinterpret_cast<const char*>(data), static_cast<size_t>(size));
  }
  return !output_.empty();
}

void Http2Connection::Flush() {
  while (state_ == State::kReady && !writing_ && FillOutput()) {
    ErrorCode error;
    output_sent_ += socket_.write_some(
        asio::buffer(output_.data() + output_sent_, output_.size() - output_sent_), error);
    if (error && error != asio::error::would_block) {
      Break(error.message());
      return;
    }
    if (output_sent_ == output_.size()) {
      output_.clear();
      output_sent_ = 0;
      continue;
    }
    writing_ = true;
    socket_.async_wait(tcp::socket::wait_write,
                       [self = shared_from_this(), attempt = attempt_](const ErrorCode& failure) {
                         if (attempt == self->attempt_) {
                           self->writing_ = false;
                           failure ? self->Break(failure.message()) : self->Flush();
                         }
                       });
  }
  // After an error of the protocol, or a farewell with no call left, nothing more can come.
  if (state_ == State::kReady && !writing_ && nghttp2_session_want_read(session_) == 0 &&
      nghttp2_session_want_write(session_) == 0) {
    Break("the connection has ended");
  }
}

// ---- Ending

void Http2Connection::StopTransport() {
  ++attempt_;
  state_ = State::kIdle;
  ErrorCode ignored;
  resolver_.cancel();
  socket_.close(ignored);
  timer_.cancel();
  timer_due_ = absl::InfiniteFuture();
  connect_deadline_ = absl::InfiniteFuture();
  nghttp2_session_del(session_);
  session_ = nullptr;
  writing_ = false;
  output_.clear();
  output_sent_ = 0;
}

void Http2Connection::Break(const std::string& why) {
  const bool was_connecting = state_ == State::kConnecting;
  StopTransport();
  if (was_connecting) {
    next_attempt_ = absl::Now() + pause_;
    pause_ = std::min(pause_ * 2, kLongestPause);
  }
  EndCalls(why);
}

void Http2Connection::EndCalls(const std::string& why) {
  while (!calls_.empty()) {
    Exchange& exchange = *calls_.begin()->second;
    CallOutcome outcome;
    outcome.status = absl::UnavailableError(absl::StrCat("lost ", target_, ": ", why));
    outcome.never_sent = exchange.stream_id == 0;
    Finish(exchange, std::move(outcome));
  }
  RunCallbacks();
}

void Http2Connection::Close() {
  if (state_ != State::kClosed) {
    retired_ = true;
    StopTransport();
    state_ = State::kClosed;
    EndCalls("the client ends");
  }
}

// ---- Time

absl::Time Http2Connection::KeepaliveDue() const {
  if (state_ != State::kReady) {
    return absl::InfiniteFuture();
  }
  return last_heard_ + keepalive_->interval() +
         (pinged_ ? kKeepaliveTimeout : absl::ZeroDuration());
}

void Http2Connection::ArmTimer() {
  absl::Time due = std::min(connect_deadline_, KeepaliveDue());
  if (!calls_.empty()) {
    due = std::min(due, calls_.begin()->first.first);
  }
  timer_due_ = due;
  if (due == absl::InfiniteFuture()) {
    timer_.cancel();
    return;
  }
  timer_.expires_after(absl::ToChronoNanoseconds(std::max(due - absl::Now(), absl::ZeroDuration()) +
                                                 absl::Microseconds(1)));
  timer_.async_wait([self = shared_from_this(), attempt = attempt_](const ErrorCode& error) {
    if (!error && attempt == self->attempt_) {
      self->OnTimer();
    }
  });
}

void Http2Connection::OnTimer() {
  const absl::Time now = absl::Now();
  if (now >= connect_deadline_) {
    Break("connecting took too long");
    return;
  }
  if (now >= KeepaliveDue()) {
    if (pinged_) {
      Break("no answer to a ping");
      return;
    }
    pinged_ = true;
    nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
    ScheduleFlush();
  }
  while (!calls_.empty() && calls_.begin()->first.first <= now) {
    CallOutcome outcome;
    outcome.status = absl::DeadlineExceededError("Deadline Exceeded");
    Finish(*calls_.begin()->second, std::move(outcome));
  }
  const auto attempt = attempt_;
  RunCallbacks();
  if (attempt == attempt_) {
    ArmTimer();
  }
}

}  // namespace jobmesh::runtime::rpc
