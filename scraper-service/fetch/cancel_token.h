#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace jobmesh::scraper::fetch {

// Lets the owner of a crawl stop it from another thread. Once cancelled it stays so. Thread-safe.
class CancelToken {
 public:
  void Cancel() {
    {
      std::lock_guard lock(mutex_);
      cancelled_ = true;
    }
    changed_.notify_all();
  }

  bool cancelled() const {
    std::lock_guard lock(mutex_);
    return cancelled_;
  }

  // Waits until cancelled or until `duration` has passed; true when cancelled.
  bool WaitFor(std::chrono::nanoseconds duration) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, duration, [this] { return cancelled_; });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool cancelled_ = false;
};

}  // namespace jobmesh::scraper::fetch
