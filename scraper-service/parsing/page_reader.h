#pragma once

#include <semaphore>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "scraper-service/fetch/fetcher.h"
#include "scraper-service/refine/raw_posting.h"

namespace jobmesh::scraper::parsing {

// What a page holds.
struct Page {
  std::string url;  // after redirects
  std::vector<RawPosting> postings;
};

// Fetches a page as all pages are fetched (fetch/http_fetcher.h) and reads its postings. Errors as
// of Fetcher::Get, and INVALID_ARGUMENT where the page holds no text, or too much of it.
absl::StatusOr<Page> ReadPage(fetch::Fetcher& fetcher, const std::string& url,
                              const fetch::CancelToken& cancel);

// Reads pages for callers who wait, a few at a time, so that slow servers do not take all threads
// of ours. Thread-safe.
class PageReader {
 public:
  explicit PageReader(fetch::Fetcher& fetcher) : fetcher_(fetcher) {}

  // Answers shortly before `time_left` is over at the latest. The errors are the caller's to see
  // and tell nothing of this process: INVALID_ARGUMENT (url) for a page that cannot or may not be
  // read, FAILED_PRECONDITION with the HTTP status 502 or 504 for a server that does not answer,
  // RESOURCE_EXHAUSTED when too many are being read.
  absl::StatusOr<Page> Read(const std::string& url, absl::Duration time_left);

 private:
  static constexpr int kAtATime = 4;

  fetch::Fetcher& fetcher_;
  std::counting_semaphore<kAtATime> free_{kAtATime};
};

}  // namespace jobmesh::scraper::parsing
