#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "scraper-service/fetch/fetcher.h"

namespace jobmesh::scraper::fetch {

// Validators kept for the life of the process. Grows with the number of pages; thread-safe.
class MemoryValidatorStore final : public ValidatorStore {
 public:
  std::optional<Validators> Get(const std::string& url) override {
    std::lock_guard lock(mutex_);
    const auto found = by_url_.find(url);
    return found == by_url_.end() ? std::nullopt : std::optional(found->second);
  }
  void Put(const std::string& url, const Validators& validators) override {
    std::lock_guard lock(mutex_);
    by_url_[url] = validators;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, Validators> by_url_;
};

}  // namespace jobmesh::scraper::fetch
