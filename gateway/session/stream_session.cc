#include "gateway/session/stream_session.h"

#include <atomic>
#include <optional>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"

#include "gateway/session/answer_body.h"
#include "gateway/session/call_metadata.h"
#include "gateway/session/error_response.h"
#include "gateway/session/stream_form.h"
#include "gateway/session/ticker.h"
#include "runtime/rpc/raw_stream.h"

namespace jobmesh::gateway::session {
namespace {

using runtime::rpc::Metadata;

// Bytes on their way to one client, beyond which the service is not read.
constexpr size_t kWindow = 256 * 1024;
constexpr absl::Duration kFirstSilence = absl::Seconds(1);
constexpr absl::Duration kKeepAlive = absl::Seconds(15);
// Before the drain's deadline, so that the end of the stream still gets to the client.
constexpr absl::Duration kDrainMargin = absl::Seconds(2);
constexpr int kClientGone = 499;

// One answer. Events of the call come on gRPC's threads one at a time, ticks on the ticker's; the
// mutex orders them, and is held while bytes are handed to the exchange so that they keep their
// order. What the I/O thread calls takes no lock.
class StreamSession : public Ticking, public std::enable_shared_from_this<StreamSession> {
 public:
  StreamSession(std::shared_ptr<RoutedRequest> routed, std::optional<StreamForm> form)
      : routed_(std::move(routed)), form_(form), last_sent_(absl::Now()) {}

  void Start(std::string message, const runtime::rpc::CallOptions& options) {
    runtime::rpc::RawStreamEvents events;
    events.on_headers = [self = shared_from_this()](Metadata headers) {
      absl::MutexLock lock(&self->mutex_);
      self->headers_ = std::move(headers);
    };
    events.on_message = [self = shared_from_this()](const std::string& wire) {
      self->OnMessage(wire);
    };
    events.on_trailers = [self = shared_from_this()](Metadata trailers) {
      absl::MutexLock lock(&self->mutex_);
      self->trailers_ = std::move(trailers);
    };
    events.on_closed = [self = shared_from_this()](const absl::Status& status) {
      absl::MutexLock lock(&self->mutex_);
      self->End(status);
    };
    const routes::Route& route = routed_->route();
    call_ =
        routed_->gateway()
            .ClientOf(route.owner)
            .CallServerStream(route.rpc.substr(1), std::move(message), options, std::move(events));
    routed_->gateway().ticker().Add(weak_from_this());
    call_->Start();
    routed_->exchange().OnCancel([weak = weak_from_this()] {
      if (std::shared_ptr<StreamSession> self = weak.lock()) {
        self->client_gone_ = true;
        self->call_->Cancel();
      }
    });
  }

  void OnTick(absl::Time now) override {
    absl::MutexLock lock(&mutex_);
    if (ended_) {
      return;
    }
    if (now >= EndOfDrain()) {
      End(absl::UnavailableError("The gateway is being restarted; call again"));
      call_->Cancel();
      return;
    }
    const bool has_keep_alive = form_ && !form_->KeepAlive().empty();
    if (has_keep_alive && now - last_sent_ >= (begun_ ? kKeepAlive : kFirstSilence)) {
      Begin(form_->content_type());
      Send(std::string(form_->KeepAlive()));
    }
  }

 private:
  // When the drain of the gateway ends this stream; never while it does not drain.
  absl::Time EndOfDrain() const {
    const absl::Time deadline = routed_->gateway().drain_deadline();
    const bool is_live = form_ && form_->kind() == StreamForm::Kind::kEvents;
    return deadline == absl::InfiniteFuture() ? deadline
           : is_live                          ? absl::InfinitePast()
                                              : deadline - kDrainMargin;
  }

  void OnMessage(const std::string& wire) {
    {
      absl::MutexLock lock(&mutex_);
      if (ended_) {
        return;
      }
      absl::StatusOr<AnswerBody> body = AnswerBodyOf(routed_->route(), wire);
      if (!body.ok()) {
        End(body.status());
        call_->Cancel();
        return;
      }
      Begin(body->content_type);
      if (is_head()) {
        End(absl::OkStatus());
        call_->Cancel();
        return;
      }
      Send(form_ ? form_->Message(body->bytes) : std::move(body->bytes));
    }
    wants_next_ = true;
    ReadNextIfRoom();
  }

  // Called after every change of what it looks at, so that no wish is lost.
  void ReadNextIfRoom() {
    if (unsent_ < kWindow && wants_next_.exchange(false)) {
      call_->ReadNext();
    }
  }

  void Begin(std::string_view raw_type) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (begun_) {
      return;
    }
    begun_ = true;
    routed_->GiveUpPlace();
    http::Headers headers;
    headers.Add("Content-Type", form_ ? form_->content_type() : raw_type);
    AddAnswerMetadata(headers_, kMetadataPrefix, headers);
    if (!headers.Find("cache-control")) {
      headers.Add("Cache-Control", "no-store");
    }
    if (form_) {
      headers.Add("Vary", "Accept");
    }
    // Understood by nginx, which would otherwise gather the stream before it passes it on.
    headers.Add("X-Accel-Buffering", "no");
    routed_->Mark(headers);
    routed_->exchange().StartStream(routed_->policy().success_status, std::move(headers));
  }

  void Send(std::string bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    last_sent_ = absl::Now();
    const size_t size = bytes.size();
    unsent_ += size;
    routed_->exchange().Write(std::move(bytes), [self = shared_from_this(), size](bool) {
      self->unsent_ -= size;
      self->ReadNextIfRoom();
    });
  }

  // The stream is over, by whichever side; only the first time counts.
  void End(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (std::exchange(ended_, true)) {
      return;
    }
    if (client_gone_) {
      routed_->Finished(kClientGone);
      return;
    }
    if (!begun_ && !status.ok()) {
      http::Response response =
          ErrorResponse(status, routed_->policy().error_style, routed_->policy().invalid_status);
      AddAnswerMetadata(headers_, kMetadataPrefix, response.headers);
      AddListedMetadata(trailers_, response.headers);
      routed_->Answer(std::move(response));
      return;
    }
    Begin(form_ ? form_->content_type() : "application/octet-stream");
    routed_->Finished(routed_->policy().success_status);
    if (form_) {
      Send(form_->End(status));
    } else if (!status.ok()) {
      // Dropped in mid-stream with this session, the exchange cuts the connection, so that the
      // client cannot take the part for the whole.
      return;
    }
    http::Headers trailers;
    if (TakesTrailers(routed_->request())) {
      AddAnswerMetadata(trailers_, kTrailerPrefix, trailers);
    }
    routed_->exchange().Finish(std::move(trailers));
  }

  bool is_head() const { return routed_->request().method == "HEAD"; }

  const std::shared_ptr<RoutedRequest> routed_;
  std::shared_ptr<runtime::rpc::ServerStream> call_;  // set before the first callback
  std::atomic<bool> client_gone_{false};
  std::atomic<size_t> unsent_{0};
  std::atomic<bool> wants_next_{false};
  absl::Mutex mutex_;
  std::optional<StreamForm> form_ ABSL_GUARDED_BY(mutex_);  // none: raw bytes
  Metadata headers_ ABSL_GUARDED_BY(mutex_);
  Metadata trailers_ ABSL_GUARDED_BY(mutex_);
  absl::Time last_sent_ ABSL_GUARDED_BY(mutex_);
  bool begun_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

void StartStream(std::shared_ptr<RoutedRequest> routed, std::string message,
                 const runtime::rpc::CallOptions& options) {
  std::optional<StreamForm> form;
  if (!AnswersRaw(routed->route())) {
    form = StreamForm::Negotiated(routed->request().headers.Find("accept"));
    if (!form) {
      routed->Answer(StyledError(
          406, "Offered are application/json, application/x-ndjson and text/event-stream",
          routed->policy().error_style));
      return;
    }
  }
  std::make_shared<StreamSession>(std::move(routed), form)->Start(std::move(message), options);
}

}  // namespace jobmesh::gateway::session
