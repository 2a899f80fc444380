#include "runtime/rpc/raw_stream_reactor.h"

#include <list>
#include <optional>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "grpcpp/support/client_callback.h"

#include "runtime/rpc/byte_buffer.h"
#include "runtime/rpc/status_conversion.h"

namespace jobmesh::runtime::rpc {
namespace {

// gRPC never runs a reaction inside the call that starts an operation, so operations are started
// under the lock. Keeps itself alive until OnDone. A hold keeps OnDone away while this side may
// still read or write: until a read has failed, which the end of the call makes it.
class RawStreamReactor : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                         public PreparedStream,
                         public std::enable_shared_from_this<RawStreamReactor> {
 public:
  RawStreamReactor(RawStub& stub, std::string path, RawStreamEvents events)
      : stub_(stub), path_(std::move(path)), events_(std::move(events)) {}

  grpc::ClientContext& context() { return context_; }

  void Start() override {
    self_ = shared_from_this();
    stub_.PrepareBidiStreamingCall(&context_, path_, {}, this);
    AddHold();
    {
      absl::MutexLock lock(&mutex_);
      started_ = true;
      Read();
      WriteNext();
    }
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

  size_t unsent() const override {
    absl::MutexLock lock(&mutex_);
    return queue_.size();
  }

  void HalfClose() override {
    absl::MutexLock lock(&mutex_);
    if (!closed_ && !half_closing_) {
      half_closing_ = true;
      WriteNext();
    }
  }

  void ReadNext() override {
    absl::MutexLock lock(&mutex_);
    Read();
  }

  void Cancel() override {
    absl::MutexLock lock(&mutex_);
    if (!done_) {
      context_.TryCancel();
      Read();  // which fails and so ends the call, where nobody reads on
    }
  }

  void OnReadInitialMetadataDone(bool ok) override {
    if (ok && events_.on_headers) {
      events_.on_headers(ToMetadata(context_.GetServerInitialMetadata()));
    }
    std::optional<bool> read;
    {
      absl::MutexLock lock(&mutex_);
      headers_told_ = true;
      read = std::exchange(early_read_, std::nullopt);
    }
    if (read) {
      OnReadDone(*read);
    }
  }

  void OnReadDone(bool ok) override {
    {
      absl::MutexLock lock(&mutex_);
      if (!headers_told_) {
        early_read_ = ok;  // the headers go first, whichever of gRPC's threads was faster
        return;
      }
    }
    if (!ok) {
      absl::MutexLock lock(&mutex_);
      closed_ = true;
      ReleaseHoldIfIdle();
      return;
    }
    std::string message = ToString(incoming_);
    {
      absl::MutexLock lock(&mutex_);
      reading_ = false;
    }
    if (events_.on_message) {
      events_.on_message(std::move(message));
    }
    if (!events_.reads_on_demand) {
      absl::MutexLock lock(&mutex_);
      Read();
    }
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    queue_.pop_front();
    if (!ok) {  // the server has ended the call; what it said is still read
      queue_.clear();
      half_closing_ = true;
      half_closed_ = true;
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
    if (events_.on_trailers) {
      events_.on_trailers(ToMetadata(context_.GetServerTrailingMetadata()));
    }
    if (events_.on_closed) {
      events_.on_closed(FromGrpc(status));
    }
    events_ = {};  // callbacks may hold the stream
  }

 private:
  void Read() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (started_ && !reading_ && !closed_) {
      reading_ = true;
      StartRead(&incoming_);
    }
  }

  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (!started_ || closed_ || writing_) {
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

  RawStub& stub_;
  const std::string path_;
  RawStreamEvents events_;
  grpc::ClientContext context_;
  grpc::ByteBuffer incoming_;
  std::shared_ptr<RawStreamReactor> self_;
  mutable absl::Mutex mutex_;
  std::list<grpc::ByteBuffer> queue_ ABSL_GUARDED_BY(mutex_);
  std::optional<bool> early_read_ ABSL_GUARDED_BY(mutex_);  // that ended before the headers came
  bool started_ ABSL_GUARDED_BY(mutex_) = false;
  bool headers_told_ ABSL_GUARDED_BY(mutex_) = false;
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;  // or has failed
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool half_closing_ ABSL_GUARDED_BY(mutex_) = false;
  bool half_closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool released_ ABSL_GUARDED_BY(mutex_) = false;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

Metadata ToMetadata(const std::multimap<grpc::string_ref, grpc::string_ref>& entries) {
  Metadata metadata;
  for (const auto& [name, value] : entries) {
    metadata.emplace_back(std::string(name.data(), name.size()),
                          std::string(value.data(), value.size()));
  }
  return metadata;
}

std::shared_ptr<PreparedStream> PrepareRawStream(
    RawStub& stub, std::string path, RawStreamEvents events,
    const std::function<void(grpc::ClientContext&)>& fill_context) {
  auto stream = std::make_shared<RawStreamReactor>(stub, std::move(path), std::move(events));
  fill_context(stream->context());
  return stream;
}

}  // namespace jobmesh::runtime::rpc
