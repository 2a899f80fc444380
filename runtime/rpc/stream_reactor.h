#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "grpcpp/support/server_callback.h"

#include "runtime/errors.h"
#include "runtime/rpc/method_runner.h"
#include "runtime/rpc/open_streams.h"
#include "runtime/rpc/stream.h"

namespace jobmesh::runtime::rpc {

// Joins one streaming call of gRPC's callback interface with a handler's StreamEvents. gRPC never
// runs a reaction inside the call that starts an operation, so operations are started under the
// lock. Deletes itself when done.
template <class Base, class Request, class Response>
class StreamReactor : public Base {
 public:
  using Handler = std::function<StreamEvents<Request>(const CallContext&,
                                                      std::shared_ptr<StreamWriter<Response>>)>;

  StreamReactor(MethodRunner& runner, grpc::CallbackServerContext* context, Handler handler)
      : runner_(runner), start_(absl::Now()), link_(std::make_shared<Link>(this)) {
    runner_.metrics().Started();
    runner_.streams().Add(link_);
    const bool accepted = runner_.workers().Submit(
        [this, context, handler = std::move(handler)] { Open(context, handler); });
    if (!accepted) {
      absl::MutexLock lock(&link_->mutex);
      busy_ = false;
      final_ = absl::ResourceExhaustedError("Too many calls are waiting; try again shortly");
      FinishIfPossible();
    }
  }

  void OnReadDone(bool ok) {  // NOLINT(modernize-use-override): a Base that only writes has none
    // The worker's turn: handlers may block. Nothing else starts until it is over, so messages stay
    // in order.
    absl::MutexLock lock(&link_->mutex);
    if (finish_started_) {
      return;
    }
    busy_ = true;
    runner_.workers().SubmitAlways([this, ok] { ok ? Deliver() : HalfClose(); });
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&link_->mutex);
    writing_ = false;
    if (ok) {
      runner_.metrics().MessageSent();
      queue_.pop_front();
      drained_ = queue_.empty();
    } else {
      queue_.clear();
      SetFinal(absl::CancelledError("the client is gone"));
    }
    WriteNext();
    AskForMore();
    FinishIfPossible();
  }

  void OnCancel() override {
    absl::MutexLock lock(&link_->mutex);
    if (!writing_) {
      queue_.clear();
    } else {
      queue_.erase(queue_.begin() + 1, queue_.end());
    }
    SetFinal(absl::CancelledError("the client is gone"));
    FinishIfPossible();
  }

  void OnDone() override {
    {
      absl::MutexLock lock(&link_->mutex);
      link_->reactor = nullptr;
    }
    runner_.streams().Remove(*link_);
    if (events_.on_closed) {
      runner_.workers().SubmitAlways(std::move(events_.on_closed));
    }
    delete this;
  }

 private:
  static constexpr bool kReads = std::is_same_v<Base, grpc::ServerBidiReactor<Request, Response>>;
  static constexpr size_t kMaxQueued = 1024;

  // What the handler holds: outlives the reactor.
  struct Link : StreamWriter<Response>, OpenStream {
    explicit Link(StreamReactor* reactor) : reactor(reactor) {}

    bool Send(Response message) override {
      absl::MutexLock lock(&mutex);
      return reactor != nullptr && reactor->Enqueue(std::move(message));
    }
    void Finish(absl::Status status) override {
      absl::MutexLock lock(&mutex);
      if (reactor != nullptr) {
        reactor->SetFinal(std::move(status));
        reactor->FinishIfPossible();
      }
    }

    void End(absl::Status status) override { Finish(std::move(status)); }

    absl::Mutex mutex;
    StreamReactor* reactor;
  };

  void Open(grpc::CallbackServerContext* context, const Handler& handler) {
    absl::StatusOr<CallContext> call = runner_.Begin(*context);
    absl::Status status = call.status();
    if (call.ok()) {
      trace_ = call->trace();
      status = runner_.Guard([&] {
        events_ = handler(*call, link_);
        return absl::OkStatus();
      });
    }
    absl::MutexLock lock(&link_->mutex);
    if (call.ok()) {
      for (const auto& [name, value] : call->response_headers()) {
        context->AddInitialMetadata(name, value);
      }
    }
    if (!status.ok()) {
      SetFinal(std::move(status));
    }
    opened_ = true;
    WriteNext();
    Continue();
  }

  void Deliver() {
    runner_.metrics().MessageReceived();
    absl::Status status = runner_.Guard([&] {
      if (events_.on_message) {
        events_.on_message(request_);
      }
      return absl::OkStatus();
    });
    absl::MutexLock lock(&link_->mutex);
    if (!status.ok()) {
      SetFinal(std::move(status));
    }
    Continue();
  }

  void HalfClose() {
    if (events_.on_half_close) {
      runner_
          .Guard([&] {
            events_.on_half_close();
            return absl::OkStatus();
          })
          .IgnoreError();
    }
    absl::MutexLock lock(&link_->mutex);
    if (!events_.on_half_close) {
      SetFinal(absl::OkStatus());
    }
    busy_ = false;
    FinishIfPossible();
  }

  // After a turn of the handler: read on, or end.
  void Continue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(link_->mutex) {
    busy_ = false;
    if constexpr (kReads) {
      if (!final_) {
        this->StartRead(&request_);
      }
    }
    AskForMore();
    FinishIfPossible();
  }

  // Gives the handler a turn each time everything has been sent.
  void AskForMore() ABSL_EXCLUSIVE_LOCKS_REQUIRED(link_->mutex) {
    if constexpr (!kReads) {
      if (drained_ && events_.on_drained && queue_.empty() && !busy_ && !final_) {
        drained_ = false;
        busy_ = true;
        runner_.workers().SubmitAlways([this] { Refill(); });
      }
    }
  }

  void Refill() {
    absl::Status status = runner_.Guard([&] {
      events_.on_drained();
      return absl::OkStatus();
    });
    absl::MutexLock lock(&link_->mutex);
    if (!status.ok()) {
      SetFinal(std::move(status));
    }
    Continue();
  }

  bool Enqueue(Response message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(link_->mutex) {
    if (final_) {
      return false;
    }
    if (queue_.size() >= kMaxQueued) {
      SetFinal(absl::ResourceExhaustedError("the client reads too slowly"));
      queue_.erase(queue_.begin() + (writing_ ? 1 : 0), queue_.end());
      FinishIfPossible();
      return false;
    }
    queue_.push_back(std::move(message));
    WriteNext();
    return true;
  }

  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(link_->mutex) {
    if (opened_ && !writing_ && !queue_.empty() && !finish_started_) {
      writing_ = true;
      this->StartWrite(&queue_.front());
    }
  }

  void SetFinal(absl::Status status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(link_->mutex) {
    if (!final_) {
      final_ = std::move(status);
    }
  }

  // Finish makes OnDone possible, so it waits until no handler runs and nothing is being written.
  void FinishIfPossible() ABSL_EXCLUSIVE_LOCKS_REQUIRED(link_->mutex) {
    if (final_ && !busy_ && !writing_ && queue_.empty() && !finish_started_) {
      finish_started_ = true;
      this->Finish(runner_.End(*final_, start_, trace_));
    }
  }

  MethodRunner& runner_;
  const absl::Time start_;
  const std::shared_ptr<Link> link_;
  telemetry::TraceContext trace_;
  StreamEvents<Request> events_;
  Request request_;
  std::deque<Response> queue_;
  bool opened_ = false;  // the handler has returned: response headers are known
  bool writing_ = false;
  bool drained_ = false;  // what was queued is sent, and the handler has not been told
  bool busy_ = true;      // a handler runs or is about to
  bool finish_started_ = false;
  std::optional<absl::Status> final_;
};

template <class Request, class Response, class Handler>
grpc::ServerBidiReactor<Request, Response>* StartBidiStream(MethodRunner& runner,
                                                            grpc::CallbackServerContext* context,
                                                            Handler handler) {
  return new StreamReactor<grpc::ServerBidiReactor<Request, Response>, Request, Response>(
      runner, context, std::move(handler));
}

template <class Request, class Response, class Handler>
grpc::ServerWriteReactor<Response>* StartServerStream(MethodRunner& runner,
                                                      grpc::CallbackServerContext* context,
                                                      Handler handler) {
  return new StreamReactor<grpc::ServerWriteReactor<Response>, Request, Response>(
      runner, context, std::move(handler));
}

}  // namespace jobmesh::runtime::rpc
