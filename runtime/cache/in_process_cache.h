#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"

#include "runtime/cache/cache.h"

namespace jobmesh::runtime::cache {

struct InProcessCacheOptions {
  size_t max_entries = 4096;
  size_t max_bytes = 64 << 20;  // keys and values, without overhead
  size_t shards = 8;
  std::function<absl::Time()> now = [] { return absl::Now(); };
};

// Bounded LRU in memory, in shards with a lock each.
class InProcessCache : public Cache {
 public:
  explicit InProcessCache(InProcessCacheOptions options = {});
  ~InProcessCache() override;

  absl::StatusOr<std::string> GetOrCompute(const std::string& key, const Ttl& ttl,
                                           const Compute& compute) override;
  std::optional<std::string> Get(const std::string& key) override;
  void Put(const std::string& key, std::string value, const Ttl& ttl) override;
  void Remove(const std::string& key) override;
  void InvalidateAll() override;
  CacheStats Stats() const override;

 private:
  struct Entry {
    std::string key;
    absl::StatusOr<std::string> value;  // or the remembered NOT_FOUND
    absl::Time soft;
    absl::Time hard;
    uint64_t generation;
  };
  // A computation under way, shared by its waiters.
  struct Flight;
  struct Shard {
    absl::Mutex mutex;
    std::list<Entry> entries ABSL_GUARDED_BY(mutex);  // most recently used first
    std::unordered_map<std::string, std::list<Entry>::iterator> index ABSL_GUARDED_BY(mutex);
    std::unordered_map<std::string, std::shared_ptr<Flight>> flights ABSL_GUARDED_BY(mutex);
    size_t bytes ABSL_GUARDED_BY(mutex) = 0;
  };

  Shard& ShardOf(const std::string& key);
  // Ends a flight: keeps its result where it may be kept, and wakes the waiters.
  void Land(Shard& shard, const std::string& key, const Ttl& ttl,
            const std::shared_ptr<Flight>& flight);
  // The live entry of `key`, moved to the front, or null.
  Entry* Find(Shard& shard, const std::string& key, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);
  void Erase(Shard& shard, std::list<Entry>::iterator entry)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);
  // Replaces the entry of the same key; only drops that one when the new entry is too big or
  // already over.
  void Store(Shard& shard, Entry entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);

  const InProcessCacheOptions options_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::atomic<uint64_t> generation_{1};
  std::atomic<uint64_t> hits_{0};
  std::atomic<uint64_t> stale_{0};
  std::atomic<uint64_t> misses_{0};
  std::atomic<uint64_t> evictions_{0};
};

}  // namespace jobmesh::runtime::cache
