#include "scraper-service/crawl/run_sink.h"

#include <utility>

#include "absl/time/clock.h"

#include "runtime/status_macros.h"

namespace jobmesh::scraper {
namespace {

constexpr size_t kBatch = 100;
// What a killed run loses at most; slow sources fill no batch in that time.
constexpr absl::Duration kLongestWait = absl::Seconds(1);

}  // namespace

RunSink::RunSink(Fence fence, PostingRepository& postings, SourceRepository& sources,
                 PageMemory& pages, std::shared_ptr<const refine::Vocabulary> vocabulary,
                 std::map<std::string, std::string> found_before)
    : fence_(std::move(fence)),
      postings_(postings),
      sources_(sources),
      pages_(pages),
      intake_(postings, std::move(vocabulary), fence_.source, fence_),
      found_before_(std::move(found_before)) {}

std::string RunSink::FoundBefore(const std::string& url) const {
  const auto found = found_before_.find(url);
  return found == found_before_.end() ? std::string() : found->second;
}

absl::Status RunSink::Accept(const std::string& page_url, RawPosting posting) {
  batch_.push_back({.page_url = page_url, .raw = std::move(posting)});
  const bool waits = batch_.size() < kBatch && absl::Now() - flush_time_ < kLongestWait;
  return waits ? absl::OkStatus() : Flush();
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
  flush_time_ = absl::Now();
  // All their postings came before, and are stored by now.
  return sources_.PutRunPages(fence_, std::exchange(done_pages_, {}));
}

absl::StatusOr<int> RunSink::CloseMissing() {
  return postings_.CloseMissing(fence_, {seen_keys_.begin(), seen_keys_.end()}, unchanged_pages_);
}

}  // namespace jobmesh::scraper
