#include "gateway/policy/response_cache.h"

#include <algorithm>

#include "absl/hash/hash.h"

#include "runtime/strings.h"

namespace jobmesh::gateway::policy {
namespace {

using runtime::Av;

constexpr size_t kLongestAlias = 1024;
constexpr size_t kSlotBytes = 256;  // of a slot and its places in map and list

absl::Duration StaleTime(const CachedResponse& response) {
  return std::clamp(response.max_age() / 2, absl::Seconds(1), absl::Seconds(10));
}

}  // namespace

ResponseCache::ResponseCache(Options options) : options_(std::move(options)) {
  for (size_t i = 0; i < std::max<size_t>(options_.shards, 1); ++i) {
    shards_.push_back(std::make_unique<Shard>());
  }
}

ResponseCache::Shard& ResponseCache::ShardOf(std::string_view key) {
  return *shards_[absl::HashOf(Av(key)) % shards_.size()];
}

bool ResponseCache::IsFresh(const CachedResponse& response, absl::Time now) const {
  return now < response.time() + response.max_age() && !response.is_outdated();
}

bool ResponseCache::IsStale(const CachedResponse& response, absl::Time now) const {
  return now < response.time() + response.max_age() + StaleTime(response) &&
         !response.is_outdated();
}

bool ResponseCache::MayServeAfter(const absl::Status& failure, const CachedResponse& response,
                                  absl::Time now) const {
  // What the service decided holds; what kept it from answering does not.
  return (absl::IsUnavailable(failure) || absl::IsDeadlineExceeded(failure) ||
          absl::IsInternal(failure) || absl::IsUnknown(failure)) &&
         now < response.time() + response.max_age() + options_.stale_if_error;
}

ResponseCache::Found ResponseCache::Find(const std::string& key, Waiter waiter) {
  const absl::Time now = Now();
  std::shared_ptr<Slot> slot;
  {
    Shard& shard = ShardOf(key);
    absl::MutexLock lock(&shard.mutex);
    std::shared_ptr<Slot>& entry = shard.slots[key];
    if (entry == nullptr) {
      entry = std::make_shared<Slot>();
      entry->key = key;
      entry->place = shard.clock.insert(shard.clock.end(), entry);
    }
    slot = entry;
    // Under the shard's lock, so that the slot cannot be dropped between.
    absl::MutexLock slot_lock(&slot->mutex);
    if (slot->response != nullptr && IsFresh(*slot->response, now)) {
      slot->used.store(true, std::memory_order_relaxed);
      return {slot->response, CacheResult::kHit, false};
    }
    const bool must_fetch = !std::exchange(slot->is_fetching, true);
    if (slot->response != nullptr && IsStale(*slot->response, now)) {
      slot->used.store(true, std::memory_order_relaxed);
      return {slot->response, CacheResult::kStale, must_fetch};
    }
    slot->waiters.push_back(std::move(waiter));
    return {nullptr, CacheResult::kMiss, must_fetch};
  }
}

void ResponseCache::Land(const std::string& key, const Fetched& fetched) {
  const absl::Time now = Now();
  Outcome outcome;
  std::vector<Waiter> waiters;
  {
    Shard& shard = ShardOf(key);
    absl::MutexLock lock(&shard.mutex);
    const auto found = shard.slots.find(key);
    if (found == shard.slots.end()) {
      return;  // nobody has asked
    }
    const std::shared_ptr<Slot> slot = found->second;
    size_t bytes = 0;
    {
      absl::MutexLock slot_lock(&slot->mutex);
      slot->is_fetching = false;
      waiters.swap(slot->waiters);
      if (fetched.response != nullptr) {
        outcome.response = fetched.response;
        slot->response = fetched.may_be_kept ? fetched.response : nullptr;
      } else if (slot->response != nullptr && MayServeAfter(fetched.status, *slot->response, now)) {
        outcome.response = slot->response;
        outcome.result = CacheResult::kStale;
      } else {
        outcome.failure = &fetched;
        slot->response = nullptr;
      }
      if (slot->response != nullptr) {
        bytes = slot->response->bytes() + key.size() + kSlotBytes;
      }
    }
    Account(shard, slot, bytes);
  }
  for (const Waiter& waiter : waiters) {
    waiter(outcome);
  }
}

void ResponseCache::Account(Shard& shard, const std::shared_ptr<Slot>& slot, size_t bytes) {
  const size_t limit = options_.max_bytes / shards_.size();
  shard.bytes = shard.bytes - slot->bytes + bytes;
  slot->bytes = bytes;
  if (bytes == 0 || bytes > limit) {
    Drop(shard, slot);
  }
  // The first round takes away what was not used since the last, the second anything.
  for (size_t steps = 2 * shard.clock.size(); steps > 0 && shard.bytes > limit; --steps) {
    const std::shared_ptr<Slot> first = shard.clock.front();
    bool is_fetching = false;
    {
      absl::MutexLock lock(&first->mutex);
      is_fetching = first->is_fetching;  // its waiters must be found
    }
    if (is_fetching || first->used.exchange(false, std::memory_order_relaxed)) {
      shard.clock.splice(shard.clock.end(), shard.clock, first->place);
    } else {
      Drop(shard, first);
      evictions_.fetch_add(1, std::memory_order_relaxed);
    }
  }
}

void ResponseCache::Drop(Shard& shard, const std::shared_ptr<Slot>& slot) {
  shard.bytes -= slot->bytes;
  slot->bytes = 0;
  {
    absl::MutexLock lock(&slot->mutex);
    slot->response = nullptr;  // for aliases, which may still lead here
  }
  shard.clock.erase(slot->place);
  shard.slots.erase(slot->key);
}

void ResponseCache::Alias(std::string_view target, const std::string& key) {
  if (target.size() > kLongestAlias) {
    return;
  }
  std::shared_ptr<Slot> slot;
  {
    Shard& shard = ShardOf(key);
    absl::MutexLock lock(&shard.mutex);
    const auto found = shard.slots.find(key);
    if (found == shard.slots.end()) {
      return;
    }
    slot = found->second;
  }
  Shard& shard = ShardOf(target);
  absl::MutexLock lock(&shard.mutex);
  if (shard.aliases.size() >= options_.aliases_per_shard && !shard.aliases.contains(Av(target))) {
    shard.aliases.erase(shard.aliases.begin());
  }
  shard.aliases[std::string(target)] = std::move(slot);
}

std::shared_ptr<const CachedResponse> ResponseCache::FindFresh(std::string_view target) {
  std::shared_ptr<Slot> slot;
  {
    Shard& shard = ShardOf(target);
    absl::MutexLock lock(&shard.mutex);
    const auto found = shard.aliases.find(Av(target));
    if (found != shard.aliases.end()) {
      slot = found->second;
    }
  }
  return FreshOf(slot);
}

std::shared_ptr<const CachedResponse> ResponseCache::Peek(const std::string& key) {
  std::shared_ptr<Slot> slot;
  {
    Shard& shard = ShardOf(key);
    absl::MutexLock lock(&shard.mutex);
    const auto found = shard.slots.find(key);
    if (found != shard.slots.end()) {
      slot = found->second;
    }
  }
  return FreshOf(slot);
}

std::shared_ptr<const CachedResponse> ResponseCache::FreshOf(
    const std::shared_ptr<Slot>& slot) const {
  if (slot == nullptr) {
    return nullptr;
  }
  std::shared_ptr<const CachedResponse> response;
  {
    absl::MutexLock lock(&slot->mutex);
    response = slot->response;
  }
  if (response == nullptr || !IsFresh(*response, Now())) {
    return nullptr;
  }
  slot->used.store(true, std::memory_order_relaxed);
  return response;
}

ResponseCache::Stats ResponseCache::GetStats() const {
  Stats stats;
  for (const auto& shard : shards_) {
    absl::MutexLock lock(&shard->mutex);
    stats.entries += shard->slots.size();
    stats.bytes += shard->bytes;
  }
  stats.evictions = evictions_.load(std::memory_order_relaxed);
  return stats;
}

}  // namespace jobmesh::gateway::policy
