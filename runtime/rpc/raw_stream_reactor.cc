#include "runtime/rpc/raw_stream_reactor.h"

#include <deque>

#include "absl/synchronization/mutex.h"
#include "grpcpp/support/client_callback.h"

#include "runtime/rpc/byte_buffer.h"
#include "runtime/rpc/status_conversion.h"

namespace jobmesh::runtime::rpc {
namespace {

// gRPC never runs a reaction inside the call that starts an operation, so operations are started
// under the lock. Keeps itself alive until OnDone. A hold keeps OnDone away while this side may
// still write.
class RawStreamReactor : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                         public RawStream,
                         public std::enable_shared_from_this<RawStreamReactor> {
 public:
  explicit RawStreamReactor(RawStreamEvents events) : events_(std::move(events)) {}

  void Start(RawStub& stub, const std::string& path,
             const std::function<void(grpc::ClientContext&)>& fill_context) {
    fill_context(context_);
    self_ = shared_from_this();
    stub.PrepareBidiStreamingCall(&context_, path, {}, this);
    AddHold();
    StartRead(&incoming_);
    StartCall();
  }

  bool Send(std::string message) override {
    absl::MutexLock lock(&mutex_);
    if (closed_ || half_closing_) {
      return false;
    }
    queue_.push_back(ToByteBuffer(std::move(message)));
    WriteNext();
    return true;
  }

  void HalfClose() override {
    absl::MutexLock lock(&mutex_);
    if (!closed_ && !half_closing_) {
      half_closing_ = true;
      WriteNext();
    }
  }

  void Cancel() override {
    absl::MutexLock lock(&mutex_);
    if (!done_) {
      context_.TryCancel();
    }
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      Close();
      return;
    }
    if (events_.on_message) {
      events_.on_message(ToString(incoming_));
    }
    StartRead(&incoming_);
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    queue_.pop_front();
    if (!ok) {
      closed_ = true;
    }
    WriteNext();
    ReleaseHoldIfIdle();
  }

  void OnDone(const grpc::Status& status) override {
    {
      absl::MutexLock lock(&mutex_);
      done_ = true;
    }
    std::shared_ptr<RawStreamReactor> self = std::move(self_);
    if (events_.on_closed) {
      events_.on_closed(FromGrpc(status));
    }
    events_ = {};  // callbacks may hold the stream
  }

 private:
  void Close() {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    ReleaseHoldIfIdle();
  }

  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (closed_ || writing_) {
      return;
    }
    if (!queue_.empty()) {
      writing_ = true;
      StartWrite(&queue_.front());
    } else if (half_closing_ && !half_closed_) {
      half_closed_ = true;
      StartWritesDone();
    }
  }

  void ReleaseHoldIfIdle() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (closed_ && !writing_ && !released_) {
      released_ = true;
      RemoveHold();
    }
  }

  RawStreamEvents events_;
  grpc::ClientContext context_;
  grpc::ByteBuffer incoming_;
  std::shared_ptr<RawStreamReactor> self_;
  absl::Mutex mutex_;
  std::deque<grpc::ByteBuffer> queue_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool half_closing_ ABSL_GUARDED_BY(mutex_) = false;
  bool half_closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool released_ ABSL_GUARDED_BY(mutex_) = false;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

std::shared_ptr<RawStream> StartRawStream(
    RawStub& stub, const std::string& path, RawStreamEvents events,
    const std::function<void(grpc::ClientContext&)>& fill_context) {
  auto stream = std::make_shared<RawStreamReactor>(std::move(events));
  stream->Start(stub, path, fill_context);
  return stream;
}

}  // namespace jobmesh::runtime::rpc
