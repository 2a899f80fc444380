#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace jobmesh::gateway::policy {

// How many requests one client may make.
struct RateRule {
  // Of the limit in the RateLimit fields, and what the count belongs to: the rpc, or the gateway.
  std::string name;
  std::uint32_t per_minute = 0;  // > 0
  std::uint32_t burst = 0;       // > 0
};

// What became of one request.
struct RateDecision {
  bool allowed = true;
  std::uint32_t remaining = 0;  // requests that would be allowed now
  absl::Duration reset;         // until the burst is whole again
  absl::Duration retry_after;   // until one more is allowed; zero when one is
};

// Token buckets by GCRA (the generic cell rate algorithm, ITU-T I.371): a client is one time, the
// one at which its bucket is full again. Memory is fixed, 16 bytes a client for 2^18 of them: where
// more come, those whose buckets are nearest to full are forgotten first, so that a flood of new
// addresses frees nobody who is at a limit as long as others are further from theirs. Counts are of
// this process. Thread-safe.
class RateLimiter {
 public:
  struct Options {
    size_t clients = size_t{1} << 18;
    std::function<absl::Time()> now = [] { return absl::Now(); };
  };
  RateLimiter() : RateLimiter(Options{}) {}
  explicit RateLimiter(Options options);

  // Counts one request of `client` against `rule`. What is refused counts nothing.
  RateDecision Take(const RateRule& rule, std::string_view client);

 private:
  static constexpr size_t kWays = 8;
  static constexpr size_t kLocks = 64;

  struct Bucket {
    std::uint64_t key = 0;  // 0: free
    std::int64_t full = 0;  // when it is full again, in nanoseconds since 1970
  };
  using Set = std::array<Bucket, kWays>;

  const Options options_;
  const std::uint64_t seed_;
  std::array<absl::Mutex, kLocks> locks_;  // of sets, by number modulo kLocks
  std::vector<Set> sets_;
};

// Values of the fields RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10):
// the burst and the seconds in which it comes back, and what is left of it.
std::string RatePolicyField(const RateRule& rule);
std::string RateField(const RateRule& rule, const RateDecision& decision);

}  // namespace jobmesh::gateway::policy
