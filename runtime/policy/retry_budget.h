#pragma once

#include <algorithm>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace jobmesh::runtime::policy {

// Bounds retries to a share of the calls plus a few a second, so that a failing service is not
// buried under repetitions. Thread-safe.
class RetryBudget {
 public:
  explicit RetryBudget(double ratio = 0.2, double per_second = 10)
      : ratio_(ratio), per_second_(per_second) {}

  // For every first try.
  void OnCall() {
    absl::MutexLock lock(&mutex_);
    tokens_ = std::min(tokens_ + ratio_, kMaxTokens);
  }

  // True when a retry may be sent; it is then counted.
  bool TryRetry(absl::Time now) {
    absl::MutexLock lock(&mutex_);
    if (now > last_refill_) {
      const double refill = last_refill_ == absl::InfinitePast()
                                ? per_second_
                                : absl::ToDoubleSeconds(now - last_refill_) * per_second_;
      tokens_ = std::min(tokens_ + refill, kMaxTokens);
      last_refill_ = now;
    }
    if (tokens_ < 1) {
      return false;
    }
    tokens_ -= 1;
    return true;
  }

 private:
  // What may be saved up in quiet times.
  static constexpr double kMaxTokens = 100;

  const double ratio_;
  const double per_second_;
  absl::Mutex mutex_;
  double tokens_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Time last_refill_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace jobmesh::runtime::policy
