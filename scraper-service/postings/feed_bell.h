#pragma once

#include <cstdint>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace jobmesh::scraper {

// Wakes readers of the change feed when something may have changed. Thread-safe.
class FeedBell {
 public:
  void Ring() {
    absl::MutexLock lock(&mutex_);
    ++rings_;
  }
  uint64_t rings() const {
    absl::MutexLock lock(&mutex_);
    return rings_;
  }
  // Waits until the bell has rung since `seen`, or until the deadline.
  void Wait(uint64_t seen, absl::Time deadline) const {
    absl::MutexLock lock(&mutex_);
    auto rung = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return rings_ != seen; };
    mutex_.AwaitWithDeadline(absl::Condition(&rung), deadline);
  }

 private:
  mutable absl::Mutex mutex_;
  uint64_t rings_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace jobmesh::scraper
