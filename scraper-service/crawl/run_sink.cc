#include "scraper-service/crawl/run_sink.h"

#include <utility>

#include "absl/time/clock.h"

#include "runtime/status_macros.h"

namespace jobmesh::scraper {
namespace {

constexpr size_t kBatch = 100;

}  // namespace

RunSink::RunSink(Fence fence, PostingRepository& postings, PageMemory& pages,
                 std::shared_ptr<const refine::Vocabulary> vocabulary)
    : fence_(std::move(fence)),
      postings_(postings),
      pages_(pages),
      intake_(postings, std::move(vocabulary), fence_.source, fence_) {}

absl::Status RunSink::Accept(const std::string& page_url, RawPosting posting) {
  batch_.push_back({.page_url = page_url, .raw = std::move(posting)});
  return batch_.size() < kBatch ? absl::OkStatus() : Flush();
}

absl::Status RunSink::Flush() {
  if (!batch_.empty()) {
    ASSIGN_OR_RETURN(Intake::Taken taken, intake_.Take(batch_, absl::Now()));
    counts_.created += taken.counts.created;
    counts_.updated += taken.counts.updated;
    for (std::string& key : taken.identity_keys) {
      seen_keys_.insert(std::move(key));
    }
  }
  // The adapter remembers a page after it has handed all its postings over. Where the last of them
  // filled the batch, that comes after this, and the next flush keeps the page.
  std::vector<std::string> pages = std::exchange(last_pages_, {});
  for (const FoundPosting& posting : batch_) {
    if (last_pages_.empty() || last_pages_.back() != posting.page_url) {
      last_pages_.push_back(posting.page_url);
    }
  }
  pages.insert(pages.end(), last_pages_.begin(), last_pages_.end());
  pages_.Keep(pages);
  batch_.clear();
  return absl::OkStatus();
}

absl::StatusOr<int> RunSink::CloseMissing() {
  return postings_.CloseMissing(fence_, {seen_keys_.begin(), seen_keys_.end()}, unchanged_pages_);
}

}  // namespace jobmesh::scraper
