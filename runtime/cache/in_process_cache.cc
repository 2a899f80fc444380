#include "runtime/cache/in_process_cache.h"

#include <algorithm>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/synchronization/notification.h"

namespace jobmesh::runtime::cache {
namespace {

size_t SizeOf(const std::string& key, const absl::StatusOr<std::string>& value) {
  return key.size() + (value.ok() ? value->size() : 0);
}

absl::Duration SoftOf(const Ttl& ttl) {
  return ttl.soft > absl::ZeroDuration() ? ttl.soft : ttl.hard;
}

}  // namespace

struct InProcessCache::Flight {
  explicit Flight(uint64_t generation) : generation(generation) {}

  const uint64_t generation;  // of the cache when it began
  absl::Notification done;
  absl::StatusOr<std::string> result = absl::InternalError("the computation threw an exception");
};

InProcessCache::InProcessCache(InProcessCacheOptions options) : options_(std::move(options)) {
  for (size_t i = 0; i < std::max<size_t>(1, options_.shards); ++i) {
    shards_.push_back(std::make_unique<Shard>());
  }
}

InProcessCache::~InProcessCache() = default;

absl::StatusOr<std::string> InProcessCache::GetOrCompute(const std::string& key, const Ttl& ttl,
                                                         const Compute& compute) {
  Shard& shard = ShardOf(key);
  std::shared_ptr<Flight> flight;
  bool leads = false;  // this call computes for all others
  std::optional<absl::StatusOr<std::string>> stale;
  {
    absl::MutexLock lock(&shard.mutex);
    const absl::Time now = options_.now();
    auto under_way = shard.flights.find(key);
    if (under_way != shard.flights.end() && under_way->second->generation == generation_) {
      flight = under_way->second;
    }
    if (Entry* entry = Find(shard, key, now)) {
      const bool fresh = now < entry->soft;
      if (fresh || flight != nullptr) {
        ++hits_;
        stale_ += fresh ? 0 : 1;
        return entry->value;
      }
      stale = entry->value;
    }
    ++misses_;
    if (flight == nullptr) {
      leads = true;
      flight = std::make_shared<Flight>(generation_);
      shard.flights[key] = flight;
    }
  }
  if (!leads) {
    flight->done.WaitForNotification();
    return flight->result;
  }
  {
    // Also when `compute` throws: nobody must wait for ever.
    auto land = absl::MakeCleanup([&] { Land(shard, key, ttl, flight); });
    flight->result = compute();
  }
  if (stale && !flight->result.ok() && !absl::IsNotFound(flight->result.status())) {
    ++stale_;
    return *std::move(stale);  // still within its hard limit, and better than an error
  }
  return flight->result;
}

void InProcessCache::Land(Shard& shard, const std::string& key, const Ttl& ttl,
                          const std::shared_ptr<Flight>& flight) {
  absl::MutexLock lock(&shard.mutex);
  auto own = shard.flights.find(key);
  // Otherwise the key was removed or set anew meanwhile, and the result may be older than that.
  if (own != shard.flights.end() && own->second == flight) {
    shard.flights.erase(own);
    const absl::StatusOr<std::string>& result = flight->result;
    const absl::Time now = options_.now();
    if (flight->generation == generation_ && result.ok()) {
      Store(shard, {key, result, now + SoftOf(ttl), now + ttl.hard, flight->generation});
    } else if (flight->generation == generation_ && absl::IsNotFound(result.status())) {
      Store(shard, {key, result, now + ttl.negative, now + ttl.negative, flight->generation});
    }
  }
  flight->done.Notify();
}

std::optional<std::string> InProcessCache::Get(const std::string& key) {
  Shard& shard = ShardOf(key);
  absl::MutexLock lock(&shard.mutex);
  Entry* entry = Find(shard, key, options_.now());
  if (entry == nullptr || !entry->value.ok()) {
    ++misses_;
    return std::nullopt;
  }
  ++hits_;
  return *entry->value;
}

void InProcessCache::Put(const std::string& key, std::string value, const Ttl& ttl) {
  Shard& shard = ShardOf(key);
  const absl::Time now = options_.now();
  absl::MutexLock lock(&shard.mutex);
  shard.flights.erase(key);  // what it computes is older than this
  Store(shard, {key, std::move(value), now + SoftOf(ttl), now + ttl.hard, generation_});
}

void InProcessCache::Remove(const std::string& key) {
  Shard& shard = ShardOf(key);
  absl::MutexLock lock(&shard.mutex);
  shard.flights.erase(key);
  auto found = shard.index.find(key);
  if (found != shard.index.end()) {
    Erase(shard, found->second);
  }
}

void InProcessCache::InvalidateAll() { ++generation_; }

CacheStats InProcessCache::Stats() const { return {hits_, stale_, misses_, evictions_}; }

InProcessCache::Shard& InProcessCache::ShardOf(const std::string& key) {
  return *shards_[std::hash<std::string>()(key) % shards_.size()];
}

InProcessCache::Entry* InProcessCache::Find(Shard& shard, const std::string& key, absl::Time now) {
  auto found = shard.index.find(key);
  if (found == shard.index.end()) {
    return nullptr;
  }
  auto entry = found->second;
  if (entry->generation != generation_ || now >= entry->hard) {
    Erase(shard, entry);
    return nullptr;
  }
  shard.entries.splice(shard.entries.begin(), shard.entries, entry);
  return &*entry;
}

void InProcessCache::Erase(Shard& shard, std::list<Entry>::iterator entry) {
  shard.bytes -= SizeOf(entry->key, entry->value);
  shard.index.erase(entry->key);
  shard.entries.erase(entry);
}

void InProcessCache::Store(Shard& shard, Entry entry) {
  auto found = shard.index.find(entry.key);
  if (found != shard.index.end()) {
    Erase(shard, found->second);
  }
  const size_t max_entries = std::max<size_t>(1, options_.max_entries / shards_.size());
  const size_t max_bytes = options_.max_bytes / shards_.size();
  const size_t size = SizeOf(entry.key, entry.value);
  if (size > max_bytes || entry.hard <= options_.now()) {
    return;
  }
  while (shard.entries.size() >= max_entries || shard.bytes + size > max_bytes) {
    Erase(shard, std::prev(shard.entries.end()));
    ++evictions_;
  }
  shard.bytes += size;
  shard.entries.push_front(std::move(entry));
  shard.index[shard.entries.front().key] = shard.entries.begin();
}

}  // namespace jobmesh::runtime::cache
