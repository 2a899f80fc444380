#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <absl/status/statusor.h>

#include "scraper-service/fetch/cancel_token.h"
#include "scraper-service/fetch/clock.h"

namespace jobmesh::scraper::fetch {

struct HostLimits {
  int max_concurrent = 2;                       // requests to one host at a time, at least 1
  std::chrono::milliseconds min_delay{0};       // between the starts of two requests
  std::chrono::milliseconds max_delay{10'000};  // ceiling of the adaptive part
  double rate_step = 4;  // requests a second that a good answer adds to an adaptive rate
  std::chrono::milliseconds first_penalty{200};  // adaptive delay after the first bad answer
  // A request that would have to wait longer than this for its turn is refused instead.
  std::chrono::milliseconds longest_wait{120'000};
};

// Keeps requests to each host polite: at most so many at a time, and so much time between their
// starts. The delay adapts as congestion control does (AIMD of the rate): it doubles when the host
// is in trouble or slows down, and each good answer adds a step to the rate, so that long delays
// shrink fast and short ones slowly. Thread-safe.
class HostLimiter {
 public:
  enum class Answer { kGood, kTrouble };  // trouble: 429, 5xx, connection failures

  HostLimiter(HostLimits limits, Clock& clock);

  // A permission to send one request; gives the place back when destroyed.
  class Turn {
   public:
    Turn(Turn&& other) noexcept;
    Turn& operator=(Turn&&) = delete;
    ~Turn();

    // Reports how the request went; at most once.
    void Report(Answer answer, std::chrono::milliseconds latency);

   private:
    friend class HostLimiter;
    Turn(HostLimiter& limiter, std::string host) : limiter_(&limiter), host_(std::move(host)) {}
    HostLimiter* limiter_;
    std::string host_;
  };

  // Waits for the turn of a request to `host`; `own_delay` (of the source or its robots.txt) counts
  // when it is longer than the others. CANCELLED; RESOURCE_EXHAUSTED when the wait would be longer
  // than longest_wait.
  absl::StatusOr<Turn> Acquire(const std::string& host, std::chrono::milliseconds own_delay,
                               const CancelToken& cancel);

  // No request to `host` starts before `wait` has passed (Retry-After).
  void HoldOff(const std::string& host, std::chrono::milliseconds wait);

  // The adaptive delay of `host` as it is now.
  std::chrono::milliseconds AdaptiveDelay(const std::string& host) const;

 private:
  struct Host {
    int active = 0;
    std::condition_variable place_free;  // of its own: a place is of use to its host only
    std::chrono::steady_clock::time_point next_start{};
    std::chrono::milliseconds adaptive_delay{0};
    double usual_latency_ms = 0;  // moving average of good answers; 0 = none yet
  };

  void Release(const std::string& host);
  void Report(const std::string& host, Answer answer, std::chrono::milliseconds latency);

  const HostLimits limits_;
  Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Host> hosts_;
};

}  // namespace jobmesh::scraper::fetch
