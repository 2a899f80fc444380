#include "scraper-service/fetch/host_limiter.h"

#include <algorithm>
#include <utility>

#include <absl/status/status.h>

namespace jobmesh::scraper::fetch {
namespace {

constexpr std::chrono::milliseconds kCancelCheck{50};
constexpr std::chrono::milliseconds kLeastDelay{20};
constexpr double kLatencyWeight = 0.2;  // of the newest answer in the moving average
constexpr double kSlowFactor = 3.0;     // an answer this much slower than usual is a sign of load
constexpr double kSlowFloorMs = 250;    // below this nothing counts as slow

// The delay after the rate has grown by `rate_step`; none once it is too short to matter.
std::chrono::milliseconds Faster(std::chrono::milliseconds delay, double rate_step) {
  const double seconds = static_cast<double>(delay.count()) / 1000;
  const auto shorter = std::chrono::milliseconds(
      static_cast<std::int64_t>(1000 * seconds / (1 + rate_step * seconds)));
  return shorter < kLeastDelay ? std::chrono::milliseconds(0) : shorter;
}

}  // namespace

HostLimiter::HostLimiter(HostLimits limits, Clock& clock) : limits_(limits), clock_(clock) {}

HostLimiter::Turn::Turn(Turn&& other) noexcept
    : limiter_(std::exchange(other.limiter_, nullptr)), host_(std::move(other.host_)) {}

HostLimiter::Turn::~Turn() {
  if (limiter_ != nullptr) {
    limiter_->Release(host_);
  }
}

void HostLimiter::Turn::Report(Answer answer, std::chrono::milliseconds latency) {
  limiter_->Report(host_, answer, latency);
}

absl::StatusOr<HostLimiter::Turn> HostLimiter::Acquire(const std::string& host,
                                                       std::chrono::milliseconds own_delay,
                                                       const CancelToken& cancel) {
  std::unique_lock lock(mutex_);
  Host& state = hosts_[host];
  while (true) {
    // Polled, because the cancellation has no way to wake this condition.
    while (state.active >= std::max(1, limits_.max_concurrent)) {
      if (cancel.cancelled()) {
        return absl::CancelledError("fetch cancelled");
      }
      state.place_free.wait_for(lock, kCancelCheck);
    }
    const auto now = clock_.Now();
    const auto start = std::max(now, state.next_start);
    if (start - now > limits_.longest_wait) {
      return absl::ResourceExhaustedError(
          "host " + host + " may not be asked for another " +
          std::to_string(std::chrono::ceil<std::chrono::seconds>(start - now).count()) + " s");
    }
    if (start <= now) {
      ++state.active;
      state.next_start = now + std::max({own_delay, limits_.min_delay, state.adaptive_delay});
      return Turn(*this, host);
    }
    lock.unlock();
    const bool slept = clock_.Sleep(start - now, cancel);
    lock.lock();
    if (!slept) {
      return absl::CancelledError("fetch cancelled");
    }
  }
}

void HostLimiter::HoldOff(const std::string& host, std::chrono::milliseconds wait) {
  std::lock_guard lock(mutex_);
  Host& state = hosts_[host];
  state.next_start = std::max(state.next_start, clock_.Now() + wait);
}

std::chrono::milliseconds HostLimiter::AdaptiveDelay(const std::string& host) const {
  std::lock_guard lock(mutex_);
  const auto found = hosts_.find(host);
  return found == hosts_.end() ? std::chrono::milliseconds(0) : found->second.adaptive_delay;
}

void HostLimiter::Release(const std::string& host) {
  std::lock_guard lock(mutex_);
  Host& state = hosts_[host];
  --state.active;
  state.place_free.notify_one();
}

void HostLimiter::Report(const std::string& host, Answer answer,
                         std::chrono::milliseconds latency) {
  std::lock_guard lock(mutex_);
  Host& state = hosts_[host];
  const auto latency_ms = static_cast<double>(latency.count());
  const bool slow = state.usual_latency_ms > 0 && latency_ms > kSlowFloorMs &&
                    latency_ms > kSlowFactor * state.usual_latency_ms;
  if (answer == Answer::kTrouble || slow) {
    state.adaptive_delay =
        std::min(limits_.max_delay, std::max(limits_.first_penalty, state.adaptive_delay * 2));
  } else {
    state.adaptive_delay = Faster(state.adaptive_delay, limits_.rate_step);
  }
  if (answer == Answer::kGood) {
    state.usual_latency_ms =
        state.usual_latency_ms == 0
            ? latency_ms
            : (1 - kLatencyWeight) * state.usual_latency_ms + kLatencyWeight * latency_ms;
  }
}

}  // namespace jobmesh::scraper::fetch
