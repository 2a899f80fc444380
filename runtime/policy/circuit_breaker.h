#pragma once

#include <cstdint>
#include <random>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace jobmesh::runtime::policy {

struct CircuitBreakerOptions {
  // Failures in a row that open it.
  int consecutive_failures = 7;
  // Or: this share of the calls of a window of at least `min_calls`.
  double failure_ratio = 0.5;
  int min_calls = 20;
  absl::Duration window = absl::Seconds(10);
  // Pause before the probe; doubles with each failed probe, jittered by half of itself.
  absl::Duration min_pause = absl::Seconds(1);
  absl::Duration max_pause = absl::Seconds(60);
};

// Leaves one failing instance out: CLOSED lets calls through, OPEN refuses them for a growing
// pause, then one real call probes it (HALF_OPEN) and its outcome closes or reopens the breaker.
// Thread-safe.
class CircuitBreaker {
 public:
  enum class State { kClosed, kOpen, kHalfOpen };

  explicit CircuitBreaker(CircuitBreakerOptions options, uint64_t jitter_seed = 1);

  // Whether a call may be sent now. In HALF_OPEN true for one caller only, who must report the
  // outcome.
  bool TryAcquire(absl::Time now);
  // Outcome of a call that was let through. Only failures of the instance count, not of the caller.
  void OnSuccess(absl::Time now);
  void OnFailure(absl::Time now);
  // The call ended without telling anything about the instance (cancelled): frees a probe.
  void OnNoOutcome(absl::Time now);

  State state(absl::Time now) const;
  // When a probe is allowed next; the past when closed.
  absl::Time retry_time() const;

 private:
  void Open(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const CircuitBreakerOptions options_;
  mutable absl::Mutex mutex_;
  std::minstd_rand random_ ABSL_GUARDED_BY(mutex_);
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
  bool probing_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time open_until_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Duration pause_ ABSL_GUARDED_BY(mutex_);
  int failures_in_row_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Time window_start_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  int window_calls_ ABSL_GUARDED_BY(mutex_) = 0;
  int window_failures_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace jobmesh::runtime::policy
