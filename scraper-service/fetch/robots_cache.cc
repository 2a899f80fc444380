#include "scraper-service/fetch/robots_cache.h"

#include <utility>

namespace jobmesh::scraper::fetch {

RobotsCache::RobotsCache(Clock& clock, std::chrono::seconds lifetime,
                         std::chrono::seconds error_lifetime)
    : clock_(clock), lifetime_(lifetime), error_lifetime_(error_lifetime) {}

absl::StatusOr<RobotsCache::Rules> RobotsCache::Get(const Url& url, const Load& load) {
  std::shared_ptr<Entry> entry;
  {
    std::lock_guard lock(mutex_);
    auto& slot = entries_[url.Origin()];
    if (!slot) {
      slot = std::make_shared<Entry>();
    }
    entry = slot;
  }
  std::lock_guard lock(entry->loading);
  if (entry->loaded && clock_.Now() < entry->expires) {
    return entry->rules;
  }
  Url robots_url = url;
  robots_url.target = "/robots.txt";
  auto rules = load(robots_url);
  if (absl::IsCancelled(rules.status())) {
    return rules.status();
  }
  entry->loaded = true;
  const bool lasting = rules.ok() && !rules->temporary();
  entry->expires = clock_.Now() + (lasting ? lifetime_ : error_lifetime_);
  if (rules.ok()) {
    entry->rules = std::make_shared<const RobotsRules>(*std::move(rules));
  } else {
    entry->rules = rules.status();
  }
  return entry->rules;
}

}  // namespace jobmesh::scraper::fetch
