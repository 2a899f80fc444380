#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "gateway/policy/cached_response.h"

namespace jobmesh::gateway::policy {

// Responses of rpcs that declare `cache`, by rpc, request and the headers they vary by. Bounded in
// bytes, in shards with a lock each. Nothing here waits: whoever asks for what is being fetched
// leaves a callback. Thread-safe.
//
// A response is
//   fresh     until its max-age, unless the service has told of newer data since: served as it is;
//   stale     for half its max-age more, a second at least and ten at most: served while one caller
//             fetches it anew (RFC 5861 §3), likewise unless outdated;
//   last      for the stale-if-error time: served only when fetching failed (RFC 5861 §4).
class ResponseCache {
 public:
  struct Options {
    size_t max_bytes = size_t{64} << 20;  // responses and keys
    size_t shards = 16;
    // Names of one shard that lead straight from a request target to its response.
    size_t aliases_per_shard = 1024;
    absl::Duration stale_if_error = absl::Minutes(1);
    std::function<absl::Time()> now = [] { return absl::Now(); };
  };

  // What a fetch came to.
  struct Fetched {
    absl::Status status;
    std::vector<std::pair<std::string, std::string>> headers;  // of a failed call
    std::shared_ptr<const CachedResponse> response;            // set when the status is OK
    bool may_be_kept = false;
  };
  // Called once with the response to give, or with the failure.
  struct Outcome {
    std::shared_ptr<const CachedResponse> response;  // null: see `failure`
    CacheResult result = CacheResult::kMiss;
    const Fetched* failure = nullptr;  // valid during the call
  };
  using Waiter = std::function<void(const Outcome&)>;

  struct Found {
    // To answer with now; null when the waiter was kept and will be called.
    std::shared_ptr<const CachedResponse> response;
    CacheResult result = CacheResult::kMiss;
    // The caller must fetch and then call Land, whatever comes of it.
    bool must_fetch = false;
  };

  struct Stats {
    size_t entries = 0;
    size_t bytes = 0;
    std::uint64_t evictions = 0;
  };

  ResponseCache() : ResponseCache(Options{}) {}
  explicit ResponseCache(Options options);

  // The response of `key` if it is fresh, or null.
  std::shared_ptr<const CachedResponse> Peek(const std::string& key);
  // The response of `key`, or a place for `waiter` among those who wait for it.
  Found Find(const std::string& key, Waiter waiter);
  // Ends the fetch of `key`: keeps what may be kept and calls the waiters, on this thread.
  void Land(const std::string& key, const Fetched& fetched);

  // Remembers that a request for `target` has the response of `key`, when that is in the cache: so
  // that FindFresh can answer without routing and translating. Only where nothing but the target
  // matters. Targets above 1 KB are not remembered.
  void Alias(std::string_view target, const std::string& key);
  // The fresh response of a target, or null.
  std::shared_ptr<const CachedResponse> FindFresh(std::string_view target);

  absl::Time Now() const { return options_.now(); }
  Stats GetStats() const;

 private:
  struct Slot {
    mutable absl::Mutex mutex;
    std::shared_ptr<const CachedResponse> response ABSL_GUARDED_BY(mutex);
    bool is_fetching ABSL_GUARDED_BY(mutex) = false;
    std::vector<Waiter> waiters ABSL_GUARDED_BY(mutex);
    std::atomic<bool> used{false};  // answered since the hand passed
    // Guarded by the shard's mutex.
    std::string key;
    size_t bytes = 0;
    std::list<std::shared_ptr<Slot>>::iterator place;
  };
  struct Shard {
    mutable absl::Mutex mutex;
    absl::flat_hash_map<std::string, std::shared_ptr<Slot>> slots ABSL_GUARDED_BY(mutex);
    // In the order of the clock's hand: evicts the first that was not used since it last passed.
    std::list<std::shared_ptr<Slot>> clock ABSL_GUARDED_BY(mutex);
    size_t bytes ABSL_GUARDED_BY(mutex) = 0;
    absl::flat_hash_map<std::string, std::shared_ptr<Slot>> aliases ABSL_GUARDED_BY(mutex);
  };

  Shard& ShardOf(std::string_view key);
  std::shared_ptr<const CachedResponse> FreshOf(const std::shared_ptr<Slot>& slot) const;
  bool IsFresh(const CachedResponse& response, absl::Time now) const;
  bool IsStale(const CachedResponse& response, absl::Time now) const;
  bool MayServeAfter(const absl::Status& failure, const CachedResponse& response,
                     absl::Time now) const;
  void Drop(Shard& shard, const std::shared_ptr<Slot>& slot)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);
  // Brings the count of bytes up to date and makes room.
  void Account(Shard& shard, const std::shared_ptr<Slot>& slot, size_t bytes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);

  const Options options_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::atomic<std::uint64_t> evictions_{0};
};

}  // namespace jobmesh::gateway::policy
