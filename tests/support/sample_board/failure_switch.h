#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/random.h"

namespace jobmesh::testing {

// How a part of the sample board fails.
enum class FailureMode {
  kNone,
  kServerError,      // 500
  kTooManyRequests,  // 429 with Retry-After
  kTimeout,          // accepts the request and never answers
  kReset,            // closes the connection by RST before the answer
  kHalf,             // closes the connection in the middle of the body
  kSlow,             // sends the body in small pieces
  kRedirectLoop,     // 302 to an address that answers the same
  kCharset,          // windows-1250 bytes; the header names no charset
  kChallenge,        // 403 with a page that asks for a browser
  kAny,              // one of these, another each time
};

// "none", "500", "429", "timeout", …
std::string_view FailureModeName(FailureMode mode);
std::optional<FailureMode> ParseFailureMode(std::string_view name);

// What is failing now. A part is a board's name, or "robots", "api", "apis", "sites" and, of those,
// "sites/SITE/PROVIDER". Thread-safe.
class FailureSwitch {
 public:
  struct Setting {
    FailureMode mode = FailureMode::kNone;
    double share = 1;             // of requests, in [0, 1]
    int retry_after_seconds = 2;  // for 429
  };

  explicit FailureSwitch(uint64_t seed) : random_(seed) {}

  void Set(const std::string& part, const Setting& setting);
  Setting Get(const std::string& part) const;
  // Nothing fails any more.
  void Clear();

  // What is to happen to the next request for `part`: never kAny; kNone when it is to be served.
  Setting Next(const std::string& part);

  // Waits for `duration`; false when woken before because a setting changed or the board stops.
  bool Wait(std::chrono::milliseconds duration);

  // Ends all waits, now and from now on.
  void Stop();

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Setting> settings_;  // guarded by mutex_, as all below
  Random random_;
  uint64_t generation_ = 0;
  bool stopped_ = false;
};

}  // namespace jobmesh::testing
