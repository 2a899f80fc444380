#include "gateway/policy/rate_limiter.h"

#include <algorithm>
#include <random>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"

#include "runtime/strings.h"

namespace jobmesh::gateway::policy {
namespace {

using runtime::Av;

std::uint64_t RandomSeed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

std::int64_t SpacingOf(const RateRule& rule) {
  return absl::ToInt64Nanoseconds(absl::Minutes(1)) / rule.per_minute;
}

std::int64_t SecondsUp(absl::Duration duration) {
  return absl::ToInt64Seconds(absl::Ceil(duration, absl::Seconds(1)));
}

}  // namespace

RateLimiter::RateLimiter(Options options)
    : options_(std::move(options)),
      seed_(RandomSeed()),
      sets_(std::max<size_t>(options_.clients / kWays, 1)) {}

RateDecision RateLimiter::Take(const RateRule& rule, std::string_view client) {
  const std::int64_t now = absl::ToUnixNanos(options_.now());
  const std::int64_t spacing = SpacingOf(rule);
  const std::int64_t window = spacing * rule.burst;
  // Never 0, which marks a free bucket.
  const std::uint64_t key = absl::HashOf(seed_, Av(std::string_view(rule.name)), Av(client)) | 1;
  const size_t number = (key >> 1) % sets_.size();
  absl::MutexLock lock(&locks_[number % kLocks]);
  Set& set = sets_[number];
  Bucket* bucket = std::ranges::find(set, key, &Bucket::key);
  if (bucket == set.end()) {
    bucket = std::ranges::min_element(set, {}, &Bucket::full);
    *bucket = {key, now};
  }
  const std::int64_t full = std::max(bucket->full, now);
  RateDecision decision;
  if (full - now + spacing > window) {
    decision.allowed = false;
    decision.reset = absl::Nanoseconds(full - now);
    decision.retry_after = absl::Nanoseconds(full - now + spacing - window);
    return decision;
  }
  bucket->full = full + spacing;
  decision.remaining = static_cast<std::uint32_t>((window - (bucket->full - now)) / spacing);
  decision.reset = absl::Nanoseconds(bucket->full - now);
  return decision;
}

std::string RatePolicyField(const RateRule& rule) {
  const absl::Duration window = absl::Nanoseconds(SpacingOf(rule) * rule.burst);
  return absl::StrCat("\"", rule.name, "\";q=", rule.burst, ";w=", SecondsUp(window));
}

std::string RateField(const RateRule& rule, const RateDecision& decision) {
  return absl::StrCat("\"", rule.name, "\";r=", decision.remaining,
                      ";t=", SecondsUp(decision.reset));
}

}  // namespace jobmesh::gateway::policy
