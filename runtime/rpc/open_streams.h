#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace jobmesh::runtime::rpc {

// A streaming call that the server can end.
class OpenStream {
 public:
  virtual ~OpenStream() = default;
  virtual void End(absl::Status status) = 0;
};

// The streaming calls under way on a server. Thread-safe.
class OpenStreams {
 public:
  void Add(const std::shared_ptr<OpenStream>& stream) {
    absl::MutexLock lock(&mutex_);
    streams_.emplace(stream.get(), stream);
  }
  void Remove(OpenStream& stream) {
    absl::MutexLock lock(&mutex_);
    streams_.erase(&stream);
  }
  void EndAll(const absl::Status& status) {
    std::vector<std::shared_ptr<OpenStream>> streams;
    {
      absl::MutexLock lock(&mutex_);
      for (const auto& [address, weak] : streams_) {
        if (std::shared_ptr<OpenStream> stream = weak.lock()) {
          streams.push_back(std::move(stream));
        }
      }
    }
    for (const auto& stream : streams) {
      stream->End(status);
    }
  }

 private:
  absl::Mutex mutex_;
  std::unordered_map<OpenStream*, std::weak_ptr<OpenStream>> streams_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace jobmesh::runtime::rpc
