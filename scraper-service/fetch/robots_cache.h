#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <absl/status/statusor.h>

#include "scraper-service/fetch/clock.h"
#include "scraper-service/fetch/robots.h"
#include "scraper-service/fetch/url.h"

namespace jobmesh::scraper::fetch {

// The robots.txt of each origin, fetched once and kept for a while. Thread-safe; callers who need
// the same file at the same time wait for one fetch.
class RobotsCache {
 public:
  using Rules = std::shared_ptr<const RobotsRules>;
  // Fetches and interprets the robots.txt of an origin; an error means that the host cannot be
  // reached.
  using Load = std::function<absl::StatusOr<RobotsRules>(const Url& robots_url)>;

  // Rules live for `lifetime` (RFC 9309 §2.4: at most a day), failures and temporary rules for
  // `error_lifetime`.
  RobotsCache(Clock& clock, std::chrono::seconds lifetime, std::chrono::seconds error_lifetime);

  // The rules for `url`, by `load` when they are not known. A CANCELLED load is not kept.
  absl::StatusOr<Rules> Get(const Url& url, const Load& load);

 private:
  struct Entry {
    std::mutex loading;
    bool loaded = false;
    std::chrono::steady_clock::time_point expires;
    absl::StatusOr<Rules> rules;
  };

  Clock& clock_;
  const std::chrono::seconds lifetime_;
  const std::chrono::seconds error_lifetime_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Entry>> entries_;
};

}  // namespace jobmesh::scraper::fetch
