#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "prometheus/registry.h"

#include "runtime/lifecycle/part.h"
#include "scraper-service/crawl/page_memory.h"
#include "scraper-service/crawl/source_repository.h"
#include "scraper-service/fetch/fetcher.h"
#include "scraper-service/postings/posting_repository.h"
#include "scraper-service/skills/vocabulary_keeper.h"
#include "scraper-service/sources/source_config.h"

namespace jobmesh::scraper {

struct CrawlerParts {
  SourceRepository& sources;
  PostingRepository& postings;
  PageMemory& pages;
  fetch::Fetcher& fetcher;
  const VocabularyKeeper& vocabulary;
  // Called when postings may have changed.
  std::function<void()> on_change;
  // A run that has not extended its lease for so long is taken over.
  absl::Duration lease = absl::Seconds(20);
};

// Runs sources when they are due or asked for. Several replicas share the work: each source has a
// lease, which a living run extends, and whose token fences every write. One source never holds up
// another: each run has a thread of its own, at most `max_runs` at a time.
class Crawler : public runtime::lifecycle::Part {
 public:
  Crawler(std::vector<sources::SourceConfig> sources, CrawlerParts parts, int max_runs,
          prometheus::Registry& metrics);
  ~Crawler() override;

  // Looks for due sources at once instead of at the next second. Thread-safe.
  void Wake();
  const std::vector<sources::SourceConfig>& sources() const { return configs_; }

  std::string name() const override { return "crawler"; }
  absl::Status Start() override;
  // Stops the runs under way; their sources are taken by another replica at once.
  void Drain(absl::Time deadline) override;
  void Stop() override;

 private:
  void Schedule();
  void StartDueRuns();
  void JoinEndedRuns();
  void Run(const sources::SourceConfig& config, const Fence& fence);
  jobmesh::scraping::v1::Run Crawl(const sources::SourceConfig& config, const Fence& fence);
  // Extends the lease until `over`; cancels the run when it is lost.
  void KeepLease(const Fence& fence, const std::atomic<bool>& over, fetch::CancelToken& cancel);
  void Report(const sources::SourceConfig& config, const jobmesh::scraping::v1::Run& run);

  const std::vector<sources::SourceConfig> configs_;
  const CrawlerParts parts_;
  const int max_runs_;
  prometheus::Registry& metrics_;
  fetch::CancelToken stop_;
  absl::Mutex mutex_;
  bool wake_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Runs that have ended; the scheduler joins their threads.
  std::vector<std::thread::id> ended_ ABSL_GUARDED_BY(mutex_);
  std::map<std::thread::id, std::thread> runs_;  // scheduler, and Stop after it
  std::thread scheduler_;
};

}  // namespace jobmesh::scraper
