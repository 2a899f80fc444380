#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"

#include "scraper-service/crawl/page_memory.h"
#include "scraper-service/postings/intake.h"
#include "scraper-service/refine/skills.h"
#include "scraper-service/sources/adapter.h"

namespace jobmesh::scraper {

// Takes in, batch by batch, what one run over one source finds, under the run's fence. Used by one
// thread at a time.
class RunSink : public sources::PostingSink {
 public:
  // `found_before`: pages whose postings this run stored before it was interrupted.
  RunSink(Fence fence, PostingRepository& postings, SourceRepository& sources, PageMemory& pages,
          std::shared_ptr<const refine::Vocabulary> vocabulary,
          std::map<std::string, std::string> found_before);

  absl::Status Accept(const std::string& page_url, RawPosting posting) override;
  void Unchanged(const std::string& page_url) override { unchanged_pages_.push_back(page_url); }

  void PageDone(const std::string& url, const std::string& page_url) override {
    done_pages_.emplace_back(url, page_url);
  }
  std::string FoundBefore(const std::string& url) const override;

  // Writes what is left of the last batch.
  absl::Status Flush();
  // Closes the source's postings that the run has not seen; returns how many. After Flush, for a
  // complete run only.
  absl::StatusOr<int> CloseMissing();

  const WriteCounts& counts() const { return counts_; }

 private:
  const Fence fence_;
  PostingRepository& postings_;
  SourceRepository& sources_;
  PageMemory& pages_;
  const Intake intake_;
  std::vector<FoundPosting> batch_;
  absl::Time flush_time_ = absl::Now();
  const std::map<std::string, std::string> found_before_;
  std::vector<std::pair<std::string, std::string>> done_pages_;  // not yet kept
  std::vector<std::string> last_pages_;                          // of the batch written last
  std::set<std::string> seen_keys_;
  std::vector<std::string> unchanged_pages_;
  WriteCounts counts_;
};

}  // namespace jobmesh::scraper
