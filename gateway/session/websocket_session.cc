#include "gateway/session/websocket_session.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "nlohmann/json.hpp"

#include "gateway/http/websocket.h"
#include "gateway/session/call_headers.h"
#include "gateway/session/socket_limit.h"
#include "gateway/session/ticker.h"
#include "gateway/transcode/json_to_wire.h"
#include "gateway/transcode/wire_to_json.h"
#include "runtime/rpc/raw_stream.h"
#include "runtime/telemetry/log.h"

namespace jobmesh::gateway::session {
namespace {

constexpr size_t kLongestToken = 8 * 1024;
// Messages that may wait while the token is being checked.
constexpr size_t kMostWaiting = 64;
// Messages that may wait for the service to take them.
constexpr size_t kMostUnsent = 256;
// From the handshake to the message with the token.
constexpr absl::Duration kTokenTimeout = absl::Seconds(10);

std::string ErrorFrame(std::string_view text) {
  return nlohmann::json{{"type", "error"}, {"msg", text}}.dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// The token of a first message, or nothing when it is none.
std::optional<std::string> TokenOfFrame(std::string_view text) {
  const nlohmann::json frame = nlohmann::json::parse(text, nullptr, false);
  if (!frame.is_object() || frame.value("type", nlohmann::json()) != "auth" ||
      !frame.contains("token") || !frame["token"].is_string() ||
      frame["token"].get_ref<const std::string&>().size() > kLongestToken) {
    return std::nullopt;
  }
  return frame["token"].get<std::string>();
}

// State of one connection. Callbacks of the socket, of the stream and of the worker that checks the
// token meet here; the mutex orders them.
class WebSocketSession : public Ticking, public std::enable_shared_from_this<WebSocketSession> {
 public:
  WebSocketSession(Gateway& gateway, const http::Request& request,
                   std::shared_ptr<const routes::Catalog> catalog, const routes::Route& route)
      : gateway_(gateway),
        catalog_(std::move(catalog)),
        route_(route),
        token_(TokenOf(request)),
        headers_(CallHeaders(request, "", RequestIdOf(request),
                             runtime::telemetry::TraceContext::New())) {}
  ~WebSocketSession() override {
    if (counted_user_) {
      gateway_.socket_limit().Release(*counted_user_);
    }
  }

  void OnTick(absl::Time now) override {
    absl::MutexLock lock(&mutex_);
    if (state_ == State::kWaitingForToken && now - opened_ >= kTokenTimeout) {
      Reject("no token came");
    }
  }

  void OnOpen(std::shared_ptr<http::WebSocket> socket) {
    std::string token;
    {
      absl::MutexLock lock(&mutex_);
      socket_ = std::move(socket);
      token = std::exchange(token_, {});
      if (route_.policy->auth == options::v1::PUBLIC || !token.empty()) {
        state_ = State::kOpening;
      } else {
        opened_ = absl::Now();
        gateway_.ticker().Add(weak_from_this());
        return;  // the first message has to bring it
      }
    }
    Authenticate(token);
  }

  void OnMessage(std::string_view text) {
    std::optional<std::string> token;
    {
      absl::MutexLock lock(&mutex_);
      switch (state_) {
        case State::kWaitingForToken:
          token = TokenOfFrame(text);
          if (!token) {
            Reject("The first message must be {\"type\":\"auth\",\"token\":\"…\"}");
            return;
          }
          state_ = State::kOpening;
          break;
        case State::kOpening:
          if (waiting_.size() >= kMostWaiting) {
            Close(http::kClosePolicy, "too many messages before the session was open");
            return;
          }
          waiting_.emplace_back(text);
          return;
        case State::kOpen:
          Forward(text);
          return;
        case State::kClosed:
          return;
      }
    }
    Authenticate(*token);
  }

  void OnSocketClosed() {
    std::shared_ptr<runtime::rpc::RawStream> stream;
    {
      absl::MutexLock lock(&mutex_);
      state_ = State::kClosed;
      stream = std::move(stream_);
      socket_ = nullptr;
    }
    if (stream != nullptr) {
      stream->Cancel();
    }
  }

 private:
  enum class State { kWaitingForToken, kOpening, kOpen, kClosed };

  // Checking a token may have to wait for keys, so a worker does it.
  void Authenticate(const std::string& token) {
    const bool accepted = gateway_.workers().Submit([self = shared_from_this(), token] {
      if (self->route_.policy->auth != options::v1::PUBLIC) {
        absl::StatusOr<runtime::auth::Principal> principal =
            self->gateway_.verifier().Verify(token);
        if (!principal.ok()) {
          absl::MutexLock lock(&self->mutex_);
          absl::IsUnauthenticated(principal.status())
              ? self->Reject(principal.status().message())
              : self->Close(http::kCloseTryAgainLater, "try again shortly");
          return;
        }
        if (!self->Count(principal->user_id)) {
          absl::MutexLock lock(&self->mutex_);
          self->Close(http::kClosePolicy, "this user has too many connections");
          return;
        }
      }
      self->OpenStream(token);
    });
    if (!accepted) {
      absl::MutexLock lock(&mutex_);
      Close(http::kCloseTryAgainLater, "too many connections are being opened");
    }
  }

  bool Count(int64_t user_id) {
    if (!gateway_.socket_limit().Take(user_id)) {
      return false;
    }
    absl::MutexLock lock(&mutex_);
    counted_user_ = user_id;
    return true;
  }

  void OpenStream(const std::string& token) {
    runtime::rpc::CallOptions options{.timeout = absl::InfiniteDuration()};
    {
      absl::MutexLock lock(&mutex_);
      options.headers = std::exchange(headers_, {});
    }
    if (!token.empty()) {
      options.headers.emplace_back("authorization", absl::StrCat("Bearer ", token));
    }
    runtime::rpc::RawStreamEvents events;
    events.on_message = [self = shared_from_this()](const std::string& wire) {
      self->Deliver(wire);
    };
    events.on_closed = [self = shared_from_this()](const absl::Status& status) {
      self->OnStreamClosed(status);
    };
    std::shared_ptr<runtime::rpc::RawStream> stream =
        gateway_.ClientOf(route_.owner)
            .OpenStream(route_.rpc.substr(1), options, std::move(events));
    absl::MutexLock lock(&mutex_);
    if (stream == nullptr) {
      return;  // on_closed has said why
    }
    if (state_ == State::kClosed) {
      stream->Cancel();
      return;
    }
    stream_ = std::move(stream);
    state_ = State::kOpen;
    for (const std::string& text : std::exchange(waiting_, {})) {
      Forward(text);
    }
  }

  void Forward(std::string_view text) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    std::string wire;
    const transcode::ParseOptions options{.unknown_fields = route_.policy->unknown_fields};
    absl::Status parsed = transcode::JsonToWire(*route_.request, text, options, &wire);
    if (!parsed.ok()) {
      socket_->Send(ErrorFrame({parsed.message().data(), parsed.message().size()}));
      return;
    }
    if (stream_->unsent() >= kMostUnsent) {
      Close(http::kClosePolicy, "messages come faster than they are taken");
      return;
    }
    stream_->Send(std::move(wire));
  }

  void Deliver(const std::string& wire) {
    std::string json;
    absl::Status printed = transcode::WireToJson(*route_.response, wire, {}, &json);
    absl::MutexLock lock(&mutex_);
    if (socket_ == nullptr) {
      return;
    }
    if (!printed.ok()) {
      runtime::telemetry::LogError("frame_malformed",
                                   {{"error.message", std::string(printed.message())}});
      return;
    }
    socket_->Send(std::move(json));
  }

  void OnStreamClosed(const absl::Status& status) {
    absl::MutexLock lock(&mutex_);
    stream_ = nullptr;
    if (absl::IsUnauthenticated(status)) {
      Reject(status.message());
    } else if (status.ok()) {
      Close(http::kCloseNormal, "");
    } else if (absl::IsUnavailable(status)) {
      Close(http::kCloseTryAgainLater, "reconnect");  // the serving process stops or is gone
    } else {
      Close(http::kClosePolicy, {status.message().data(), status.message().size()});
    }
  }

  void Reject(absl::string_view why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    Close(http::kCloseUnauthenticated, {why.data(), why.size()});
  }

  void Close(uint16_t code, std::string_view reason) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    state_ = State::kClosed;
    if (socket_ != nullptr) {
      socket_->Close(code, reason);
    }
  }

  Gateway& gateway_;
  const std::shared_ptr<const routes::Catalog> catalog_;  // keeps the route and its tables
  const routes::Route& route_;
  absl::Mutex mutex_;
  // Of the handshake, until they are used: most of the sockets are idle most of their time.
  std::string token_ ABSL_GUARDED_BY(mutex_);  // empty when it brought none
  std::vector<std::pair<std::string, std::string>> headers_ ABSL_GUARDED_BY(mutex_);
  State state_ ABSL_GUARDED_BY(mutex_) = State::kWaitingForToken;
  absl::Time opened_ ABSL_GUARDED_BY(mutex_);
  std::optional<int64_t> counted_user_ ABSL_GUARDED_BY(mutex_);  // by the socket limit
  std::vector<std::string> waiting_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<http::WebSocket> socket_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<runtime::rpc::RawStream> stream_ ABSL_GUARDED_BY(mutex_);
};

// What the HTTP server holds.
class SessionHandler : public http::WebSocketHandler {
 public:
  explicit SessionHandler(std::shared_ptr<WebSocketSession> session)
      : session_(std::move(session)) {}

  void OnOpen(std::shared_ptr<http::WebSocket> socket) override {
    session_->OnOpen(std::move(socket));
  }
  void OnMessage(std::string_view text) override { session_->OnMessage(text); }
  void OnClose(uint16_t, std::string_view) override { session_->OnSocketClosed(); }

 private:
  const std::shared_ptr<WebSocketSession> session_;
};

}  // namespace

void StartWebSocket(Gateway& gateway, http::Exchange& exchange,
                    std::shared_ptr<const routes::Catalog> catalog, const routes::Route& route) {
  exchange.AcceptWebSocket(std::make_unique<SessionHandler>(
      std::make_shared<WebSocketSession>(gateway, exchange.request, std::move(catalog), route)));
}

}  // namespace jobmesh::gateway::session
