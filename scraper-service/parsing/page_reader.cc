#include "scraper-service/parsing/page_reader.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "scraper-service/parsing/parsed_document.h"
#include "scraper-service/sources/page_postings.h"

namespace jobmesh::scraper::parsing {
namespace {

using runtime::ErrorReason;
using runtime::InvalidField;

constexpr size_t kMostPostings = 100;
// Of a caller who states no deadline.
constexpr absl::Duration kLongestWait = absl::Seconds(30);
// What is kept for reading the page and answering.
constexpr absl::Duration kReserve = absl::Milliseconds(500);

// Cancels a fetch when its time is over.
class Timer {
 public:
  explicit Timer(absl::Duration time)
      : thread_([this, time] {
          if (!over_.WaitFor(absl::ToChronoNanoseconds(time))) {
            cancel_.Cancel();
          }
        }) {}
  ~Timer() {
    over_.Cancel();
    thread_.join();
  }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  const fetch::CancelToken& token() const { return cancel_; }

 private:
  fetch::CancelToken cancel_;
  fetch::CancelToken over_;
  std::thread thread_;  // last: it uses the others
};

absl::Status ServerFault(std::string_view message, const char* http_status) {
  return runtime::Error(absl::StatusCode::kFailedPrecondition,
                        ErrorReason::ERROR_REASON_UNSPECIFIED, message,
                        {{"field", "url"}, {"http_status", http_status}});
}

absl::Status WhyNotRead(const absl::Status& status) {
  const std::string message(status.message());
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnknown:
      return ServerFault(message, "502");
    case absl::StatusCode::kDeadlineExceeded:
      return ServerFault(message, "504");
    case absl::StatusCode::kCancelled:
      return ServerFault("the page takes longer than its reader waits", "504");
    default:
      return runtime::DetailOf(status) ? status : InvalidField("url", message);
  }
}

}  // namespace

absl::StatusOr<Page> ReadPage(fetch::Fetcher& fetcher, const std::string& url,
                              const fetch::CancelToken& cancel) {
  ASSIGN_OR_RETURN(fetch::FetchResult fetched,
                   fetcher.Get(url, {.cancel = &cancel, .accept = "text/html, */*;q=0.5"}));
  Page page;
  page.postings = sources::PostingsOfPage(fetched.body_utf8, fetched.final_url);
  page.url = std::move(fetched.final_url);
  if (page.postings.empty()) {
    return InvalidField("url", "the page holds no text");
  }
  if (page.postings.size() > kMostPostings) {
    return InvalidField("url",
                        absl::StrCat("the page holds more than ", kMostPostings, " postings"));
  }
  size_t size = 0;
  for (const RawPosting& posting : page.postings) {
    size += posting.description.size();
  }
  if (size > kLongestText) {
    return InvalidField("url",
                        absl::StrCat("the page's text is longer than ", kLongestText, " bytes"));
  }
  return page;
}

absl::StatusOr<Page> PageReader::Read(const std::string& url, absl::Duration time_left) {
  if (!free_.try_acquire()) {
    return runtime::Error(absl::StatusCode::kResourceExhausted, ErrorReason::RATE_LIMITED,
                          "Too many pages are being read; try again, or queue it by POST /parse",
                          {{"retry_after_seconds", "5"}});
  }
  const absl::Duration time = std::min(time_left, kLongestWait) - kReserve;
  absl::StatusOr<Page> page = absl::CancelledError("no time is left");
  if (time > absl::ZeroDuration()) {
    const Timer timer(time);
    page = ReadPage(fetcher_, url, timer.token());
  }
  free_.release();
  return page.ok() ? std::move(page) : WhyNotRead(page.status());
}

}  // namespace jobmesh::scraper::parsing
