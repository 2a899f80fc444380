#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"

#include "scraper-service/crawl/source_repository.h"
#include "scraper-service/fetch/fetcher.h"

namespace jobmesh::scraper {

// The fetcher's memory of pages. A page is remembered for good only when the postings that came
// from it have been written: otherwise a crash in between would make it "not modified" for ever,
// and its postings lost. Thread-safe.
class PageMemory : public fetch::ValidatorStore {
 public:
  explicit PageMemory(SourceRepository& sources) : sources_(sources) {}

  std::optional<fetch::Validators> Get(const std::string& url) override;
  void Put(const std::string& url, const fetch::Validators& validators) override;
  // The postings of these pages have been written.
  void Keep(const std::vector<std::string>& urls);

 private:
  SourceRepository& sources_;
  absl::Mutex mutex_;
  std::map<std::string, fetch::Validators> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace jobmesh::scraper
