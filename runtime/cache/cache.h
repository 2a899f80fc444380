#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace jobmesh::runtime::cache {

// How long a value may be used.
struct Ttl {
  absl::Duration hard;  // after it the value is gone
  // After it the first caller computes anew while the others still get the old value; zero means as
  // `hard`.
  absl::Duration soft = absl::ZeroDuration();
  // How long a NOT_FOUND is remembered; zero means not at all.
  absl::Duration negative = absl::ZeroDuration();
};

struct CacheStats {
  uint64_t hits = 0;    // answered from the cache, also stale
  uint64_t stale = 0;   // of those, past the soft limit
  uint64_t misses = 0;  // computed, or waited for another caller's computation
  uint64_t evictions = 0;
};

// Values by key, both opaque bytes. Thread-safe. Anything may disappear at any time: the cache is
// never the truth.
class Cache {
 public:
  using Compute = std::function<absl::StatusOr<std::string>()>;

  virtual ~Cache() = default;

  // The cached value, or what `compute` gives. One caller a key computes at a time; others wait for
  // it and share its result or error. Errors are not cached, except NOT_FOUND for `ttl.negative`.
  // `compute` runs on the calling thread and must not use the same key.
  virtual absl::StatusOr<std::string> GetOrCompute(const std::string& key, const Ttl& ttl,
                                                   const Compute& compute) = 0;
  virtual std::optional<std::string> Get(const std::string& key) = 0;
  virtual void Put(const std::string& key, std::string value, const Ttl& ttl) = 0;
  virtual void Remove(const std::string& key) = 0;
  // Makes everything stored so far, and every computation under way, unseen.
  virtual void InvalidateAll() = 0;
  virtual CacheStats Stats() const = 0;
};

}  // namespace jobmesh::runtime::cache
