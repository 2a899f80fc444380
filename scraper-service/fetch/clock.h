#pragma once

#include <chrono>

#include "scraper-service/fetch/cancel_token.h"

namespace jobmesh::scraper::fetch {

// Time as fetching sees it, so that tests need not wait. Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // Monotonic time, for delays.
  virtual std::chrono::steady_clock::time_point Now() const = 0;
  // Calendar time, for dates that servers send.
  virtual std::chrono::system_clock::time_point WallNow() const = 0;
  // Sleeps; false when `cancel` fired first.
  virtual bool Sleep(std::chrono::nanoseconds duration, const CancelToken& cancel) = 0;
};

class SystemClock final : public Clock {
 public:
  std::chrono::steady_clock::time_point Now() const override {
    return std::chrono::steady_clock::now();
  }
  std::chrono::system_clock::time_point WallNow() const override {
    return std::chrono::system_clock::now();
  }
  bool Sleep(std::chrono::nanoseconds duration, const CancelToken& cancel) override {
    return !cancel.WaitFor(duration);
  }
};

}  // namespace jobmesh::scraper::fetch
