#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

namespace jobmesh::scraper::fetch {

// How long a Retry-After value (RFC 9110 §10.2.3: seconds or an HTTP date) asks to wait from `now`;
// never negative, at most a year. nullopt when it is neither.
std::optional<std::chrono::milliseconds> ParseRetryAfter(std::string_view value,
                                                         std::chrono::system_clock::time_point now);

// Waits between tries: full jitter, that is a random time between 0 and base × 2^(tries so far -
// 1), capped.
class Backoff {
 public:
  // `random` gives numbers in [0, 1) and must be callable from any thread.
  Backoff(std::chrono::milliseconds base, std::chrono::milliseconds cap,
          std::function<double()> random);

  // `failed_tries` counts from 1.
  std::chrono::milliseconds After(int failed_tries) const;

 private:
  std::chrono::milliseconds base_;
  std::chrono::milliseconds cap_;
  std::function<double()> random_;
};

// 429 and every 5xx may pass; other statuses will not.
bool IsTransientStatus(int status);

}  // namespace jobmesh::scraper::fetch
