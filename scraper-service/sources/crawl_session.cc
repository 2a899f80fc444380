#include "scraper-service/sources/crawl_session.h"

#include <algorithm>
#include <thread>
#include <utility>

#include <absl/status/status.h>

#include "scraper-service/fetch/text.h"

namespace jobmesh::scraper::sources {
namespace {

constexpr std::size_t kMaxSamples = 5;
constexpr std::size_t kMaxSampleLength = 300;

bool IsBlocked(const absl::Status& status) {
  return absl::IsPermissionDenied(status) || absl::IsResourceExhausted(status) ||
         absl::IsFailedPrecondition(status);
}

bool MayPass(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) || absl::IsAborted(status);
}

// At most `size` bytes, not cutting a UTF-8 sequence.
std::string Cut(std::string text, std::size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return text.substr(0, size) + "…";
}

}  // namespace

std::string_view OutcomeName(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::kOk:
      return "ok";
    case OutcomeKind::kPartial:
      return "partial";
    case OutcomeKind::kEmpty:
      return "empty";
    case OutcomeKind::kBlocked:
      return "blocked";
    case OutcomeKind::kUnreachable:
      return "unreachable";
    case OutcomeKind::kSchemaChanged:
      return "schema_changed";
  }
  return "unreachable";
}

CrawlSession::CrawlSession(const SourceConfig& source, fetch::Fetcher& fetcher, PostingSink& sink,
                           CrawlContext& context)
    : source_(source), fetcher_(fetcher), sink_(sink), context_(context) {}

fetch::FetchOptions CrawlSession::Options(Purpose purpose, const std::string& accept) const {
  return {.cancel = context_.cancel,
          .delay = source_.delay,
          .conditional = context_.conditional && purpose == Purpose::kPostings,
          .accept = accept,
          .headers = source_.headers};
}

absl::StatusOr<fetch::FetchResult> CrawlSession::Fetch(const std::string& url, Purpose purpose,
                                                       const std::string& accept) {
  auto page = Get(url, Options(purpose, accept), outcome_.fetched > 0);
  if (page.ok()) {
    CountPage(*page);
  } else {
    CountFetchFailure(url, page.status(), true);
  }
  return page;
}

absl::StatusOr<fetch::FetchResult> CrawlSession::Get(const std::string& url,
                                                     const fetch::FetchOptions& options,
                                                     bool host_works) const {
  auto page = fetcher_.Get(url, options);
  if (!page.ok() && host_works && MayPass(page.status())) {
    page = fetcher_.Get(url, options);
  }
  return page;
}

std::optional<fetch::FetchResult> CrawlSession::FetchNext(const std::string& url, Purpose purpose,
                                                          const std::string& accept) {
  auto page = Get(url, Options(purpose, accept), outcome_.fetched > 0);
  if (page.ok()) {
    CountPage(*page);
    return *std::move(page);
  }
  if (!absl::IsNotFound(page.status())) CountFetchFailure(url, page.status(), true);
  return std::nullopt;
}

void CrawlSession::CountPage(const fetch::FetchResult& page) {
  ++outcome_.fetched;
  if (page.not_modified) {
    ++outcome_.unchanged;
    sink_.Unchanged(source_.Shown(page.final_url));
  }
}

void CrawlSession::FetchEach(const std::vector<std::string>& urls, const std::string& accept,
                             const std::function<void(const fetch::FetchResult&)>& handle) {
  FetchEach(urls, accept,
            [&handle](const std::string&, const fetch::FetchResult& page) { handle(page); });
}

void CrawlSession::FetchEach(
    const std::vector<std::string>& urls, const std::string& accept,
    const std::function<void(const std::string& url, const fetch::FetchResult&)>& handle) {
  std::mutex mutex;
  std::size_t next = 0;
  const auto options = Options(Purpose::kPostings, accept);
  const auto work = [&] {
    while (true) {
      std::string url;
      bool host_works = false;
      {
        std::lock_guard lock(mutex);
        if (next == urls.size() || stopped()) return;
        url = urls[next++];
        host_works = outcome_.fetched > 0;
        if (const std::string found = sink_.FoundBefore(url); !found.empty()) {
          ++outcome_.unchanged;
          sink_.Unchanged(found);
          continue;
        }
      }
      const auto page = Get(url, options, host_works);
      std::lock_guard lock(mutex);
      if (stopped()) return;
      if (!page.ok()) {
        CountFetchFailure(url, page.status(), false);
        continue;
      }
      CountPage(*page);
      if (!page->not_modified) {
        handle(url, *page);
        if (PageDone(*page)) sink_.PageDone(url, page->final_url);
      }
    }
  };
  std::vector<std::thread> threads;
  const auto count = std::min<std::size_t>(
      urls.size(), static_cast<std::size_t>(std::max(1, context_.parallel_fetches)));
  for (std::size_t i = 1; i < count; ++i) threads.emplace_back(work);
  work();
  for (auto& thread : threads) thread.join();
}

std::optional<nlohmann::json> CrawlSession::FetchJson(const std::string& url, Purpose purpose,
                                                      fetch::FetchResult& page) {
  auto fetched = Fetch(url, purpose, "application/json");
  if (!fetched.ok()) return std::nullopt;
  page = *std::move(fetched);
  if (page.not_modified) return std::nullopt;
  auto parsed = nlohmann::json::parse(page.body_utf8, nullptr, /*allow_exceptions=*/false);
  if (parsed.is_discarded()) {
    Fail(page.final_url, "not JSON: " + page.body_utf8.substr(0, 80));
    return std::nullopt;
  }
  return parsed;
}

void CrawlSession::Accept(const fetch::FetchResult& page, RawPosting posting) {
  recognised_ = true;
  if (stopped()) return;
  if (fetch::TrimSpace(posting.title).empty()) {
    Fail(page.final_url, "posting " + posting.native_id + " has no title");
    return;
  }
  if (posting.native_id.empty() && posting.url.empty()) {
    Fail(page.final_url, "posting \"" + posting.title + "\" has neither id nor URL");
    return;
  }
  sink_error_ = sink_.Accept(source_.Shown(page.final_url), std::move(posting));
  if (sink_error_.ok()) {
    ++outcome_.parsed;
    fruitful_pages_.insert(page.final_url);
  }
}

bool CrawlSession::PageDone(const fetch::FetchResult& page) {
  if (stopped() || !fruitful_pages_.contains(page.final_url) ||
      failed_pages_.contains(page.final_url)) {
    return false;
  }
  fetcher_.Remember(page);
  return true;
}

void CrawlSession::Fail(const std::string& where, const std::string& why) {
  ++outcome_.failed;
  ++unreadable_;
  failed_pages_.insert(where);
  AddSample(where + ": " + why);
}

void CrawlSession::Truncate(const std::string& why) {
  truncated_ = true;
  outcome_.message = why;
}

bool CrawlSession::stopped() const {
  return !sink_error_.ok() || (context_.cancel != nullptr && context_.cancel->cancelled());
}

void CrawlSession::CountFetchFailure(const std::string& url, const absl::Status& status,
                                     bool entry) {
  if (absl::IsCancelled(status)) return;
  if (!entry && (absl::IsNotFound(status) || fetch::IsRobotsRefusal(status))) {
    ++outcome_.skipped;
    blocked_ += absl::IsNotFound(status) ? 0 : 1;
    return;
  }
  ++outcome_.failed;
  ++(IsBlocked(status) ? blocked_ : unreachable_);
  const std::string message(status.message());
  AddSample(message.find(url) == std::string::npos ? url + ": " + message : message);
}

void CrawlSession::AddSample(const std::string& text) {
  if (outcome_.samples.size() < kMaxSamples) {
    outcome_.samples.push_back(Cut(source_.Shown(text), kMaxSampleLength));
  }
}

OutcomeKind CrawlSession::Kind() const {
  if (outcome_.parsed + outcome_.unchanged > 0) {
    return outcome_.failed > 0 || stopped() ? OutcomeKind::kPartial : OutcomeKind::kOk;
  }
  if (stopped()) return OutcomeKind::kPartial;
  if (unreadable_ > 0) return OutcomeKind::kSchemaChanged;
  if (blocked_ > 0) return OutcomeKind::kBlocked;
  if (unreachable_ > 0 || outcome_.fetched == 0) return OutcomeKind::kUnreachable;
  return recognised_ ? OutcomeKind::kEmpty : OutcomeKind::kSchemaChanged;
}

Outcome CrawlSession::Finish() {
  outcome_.kind = Kind();
  outcome_.complete = outcome_.kind == OutcomeKind::kOk && !truncated_;
  std::string summary = std::to_string(outcome_.parsed) + " postings from " +
                        std::to_string(outcome_.fetched) + " pages (" +
                        std::to_string(outcome_.unchanged) + " unchanged), " +
                        std::to_string(outcome_.failed) + " failed";
  if (!sink_error_.ok()) {
    summary += "; stopped: " + std::string(sink_error_.message());
  } else if (stopped()) {
    summary += "; cancelled";
  } else if (!outcome_.message.empty()) {
    summary += "; " + outcome_.message;
  }
  if (outcome_.kind != OutcomeKind::kOk && !outcome_.samples.empty()) {
    summary += "; first failure: " + outcome_.samples.front();
  }
  outcome_.message = std::move(summary);
  return outcome_;
}

}  // namespace jobmesh::scraper::sources
