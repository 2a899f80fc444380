#include "scraper-service/crawl/page_memory.h"

#include "runtime/telemetry/log.h"

namespace jobmesh::scraper {

std::optional<fetch::Validators> PageMemory::Get(const std::string& url) {
  // Without validators the page is merely fetched in full.
  return sources_.FindValidators(url).value_or(std::nullopt);
}

void PageMemory::Put(const std::string& url, const fetch::Validators& validators) {
  absl::MutexLock lock(&mutex_);
  waiting_[url] = validators;
}

void PageMemory::Keep(const std::vector<std::string>& urls) {
  std::map<std::string, fetch::Validators> kept;
  {
    absl::MutexLock lock(&mutex_);
    for (const std::string& url : urls) {
      if (auto node = waiting_.extract(url)) {
        kept.insert(std::move(node));
      }
    }
  }
  absl::Status status = sources_.PutValidators(kept);
  if (!status.ok()) {
    runtime::telemetry::LogWarn("validators_not_kept",
                                {{"error.message", std::string(status.message())}});
  }
}

}  // namespace jobmesh::scraper
