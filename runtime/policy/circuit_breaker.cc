#include "runtime/policy/circuit_breaker.h"

#include <algorithm>

namespace jobmesh::runtime::policy {

CircuitBreaker::CircuitBreaker(CircuitBreakerOptions options, uint64_t jitter_seed)
    : options_(options), random_(static_cast<unsigned>(jitter_seed)), pause_(options.min_pause) {}

bool CircuitBreaker::TryAcquire(absl::Time now) {
  absl::MutexLock lock(&mutex_);
  if (!open_) {
    return true;
  }
  if (probing_ || now < open_until_) {
    return false;
  }
  probing_ = true;
  return true;
}

void CircuitBreaker::OnSuccess(absl::Time now) {
  absl::MutexLock lock(&mutex_);
  failures_in_row_ = 0;
  if (open_) {
    if (!probing_) {
      return;  // a straggler from before it opened
    }
    open_ = false;
    probing_ = false;
    pause_ = options_.min_pause;
    window_start_ = now;
    window_calls_ = window_failures_ = 0;
    return;
  }
  if (now - window_start_ > options_.window) {
    window_start_ = now;
    window_calls_ = window_failures_ = 0;
  }
  ++window_calls_;
}

void CircuitBreaker::OnFailure(absl::Time now) {
  absl::MutexLock lock(&mutex_);
  if (open_) {
    if (probing_) {
      probing_ = false;
      pause_ = std::min(pause_ * 2, options_.max_pause);
      Open(now);
    }
    return;
  }
  if (now - window_start_ > options_.window) {
    window_start_ = now;
    window_calls_ = window_failures_ = 0;
  }
  ++failures_in_row_;
  ++window_calls_;
  ++window_failures_;
  if (failures_in_row_ >= options_.consecutive_failures ||
      (window_calls_ >= options_.min_calls &&
       window_failures_ >= window_calls_ * options_.failure_ratio)) {
    Open(now);
  }
}

void CircuitBreaker::OnNoOutcome(absl::Time /*now*/) {
  absl::MutexLock lock(&mutex_);
  probing_ = false;
}

CircuitBreaker::State CircuitBreaker::state(absl::Time now) const {
  absl::MutexLock lock(&mutex_);
  if (!open_) {
    return State::kClosed;
  }
  return probing_ || now >= open_until_ ? State::kHalfOpen : State::kOpen;
}

absl::Time CircuitBreaker::retry_time() const {
  absl::MutexLock lock(&mutex_);
  return open_ ? open_until_ : absl::InfinitePast();
}

void CircuitBreaker::Open(absl::Time now) {
  open_ = true;
  failures_in_row_ = 0;
  std::uniform_real_distribution<double> jitter(1.0, 1.5);
  open_until_ = now + pause_ * jitter(random_);
}

}  // namespace jobmesh::runtime::policy
