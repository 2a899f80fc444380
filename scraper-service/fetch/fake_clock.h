#pragma once

#include <chrono>
#include <mutex>
#include <vector>

#include "scraper-service/fetch/clock.h"

namespace jobmesh::scraper::fetch {

// A clock for tests: sleeping moves it on and returns at once.
class FakeClock final : public Clock {
 public:
  std::chrono::steady_clock::time_point Now() const override {
    std::lock_guard lock(mutex_);
    return std::chrono::steady_clock::time_point(elapsed_ + std::chrono::hours(1));
  }
  std::chrono::system_clock::time_point WallNow() const override {
    std::lock_guard lock(mutex_);
    return std::chrono::system_clock::from_time_t(784111777) +
           std::chrono::duration_cast<std::chrono::system_clock::duration>(elapsed_);
  }
  bool Sleep(std::chrono::nanoseconds duration, const CancelToken& cancel) override {
    std::lock_guard lock(mutex_);
    elapsed_ += duration;
    return !cancel.cancelled();
  }
  void Advance(std::chrono::nanoseconds duration) {
    std::lock_guard lock(mutex_);
    elapsed_ += duration;
  }
  // Time slept and advanced since the start.
  std::chrono::milliseconds elapsed() const {
    std::lock_guard lock(mutex_);
    return std::chrono::duration_cast<std::chrono::milliseconds>(elapsed_);
  }

 private:
  mutable std::mutex mutex_;
  std::chrono::nanoseconds elapsed_{0};
};

}  // namespace jobmesh::scraper::fetch
