#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <absl/status/statusor.h>
#include <nlohmann/json.hpp>

#include "scraper-service/sources/adapter.h"
#include "scraper-service/sources/source_config.h"

namespace jobmesh::scraper::sources {

// The Accept header of requests for pages.
inline constexpr char kAcceptHtml[] = "text/html, application/xhtml+xml";

// One run of an adapter: fetches on its behalf, counts what happens, and says in the end how the
// run went. Every method may be called by one thread at a time; FetchEach calls its handler so.
class CrawlSession {
 public:
  CrawlSession(const SourceConfig& source, fetch::Fetcher& fetcher, PostingSink& sink,
               CrawlContext& context);

  enum class Purpose {
    kLinks,     // a page that is read for its links: always fetched in full
    kPostings,  // a page that holds postings: may come as "not modified"
  };

  // Fetches one page and counts it. A page that came "not modified" is reported to the sink.
  absl::StatusOr<fetch::FetchResult> Fetch(const std::string& url, Purpose purpose,
                                           const std::string& accept);

  // Fetches a further page of a counted listing. nullopt at its end, which a page that is gone also
  // means, and on failure (counted).
  std::optional<fetch::FetchResult> FetchNext(const std::string& url, Purpose purpose,
                                              const std::string& accept);

  // Fetches pages with postings, several at a time, and hands each new one to `handle`. Pages that
  // are gone or that robots.txt forbids are skipped, other failures counted.
  void FetchEach(const std::vector<std::string>& urls, const std::string& accept,
                 const std::function<void(const fetch::FetchResult&)>& handle);
  // The same for a handler that wants to know the URL a page was asked for by.
  void FetchEach(
      const std::vector<std::string>& urls, const std::string& accept,
      const std::function<void(const std::string& url, const fetch::FetchResult&)>& handle);

  // Fetches a page and parses it as JSON. nullopt when there is nothing to read: the
  // page failed, is unchanged, or is not JSON (all counted).
  std::optional<nlohmann::json> FetchJson(const std::string& url, Purpose purpose,
                                          fetch::FetchResult& page);

  // Hands a posting to the sink. One without title, or without both id and URL, counts as failed.
  void Accept(const fetch::FetchResult& page, RawPosting posting);

  // Counts a page or posting that could not be read.
  void Fail(const std::string& where, const std::string& why);

  // The source has the form that the adapter knows, whether or not it lists postings.
  void Recognise() { recognised_ = true; }
  // Not all of the source was looked at.
  void Truncate(const std::string& why);

  // To be called when a page's postings were all handed over: remembers its validators if any
  // posting came and nothing of it failed. A page without postings must come in full again,
  // otherwise a source whose form changed would look unchanged and well in the next run. False when
  // it is not remembered.
  bool PageDone(const fetch::FetchResult& page);

  // Whether the run is to end: cancelled, or the sink failed.
  bool stopped() const;

  const SourceConfig& source() const { return source_; }

  Outcome Finish();

 private:
  // Fetches. A page that failed although the host has answered in this run gets one more chance.
  absl::StatusOr<fetch::FetchResult> Get(const std::string& url, const fetch::FetchOptions& options,
                                         bool host_works) const;
  void CountPage(const fetch::FetchResult& page);
  void CountFetchFailure(const std::string& url, const absl::Status& status, bool entry);
  void AddSample(const std::string& text);
  OutcomeKind Kind() const;
  fetch::FetchOptions Options(Purpose purpose, const std::string& accept) const;

  const SourceConfig& source_;
  fetch::Fetcher& fetcher_;
  PostingSink& sink_;
  CrawlContext& context_;
  Outcome outcome_;
  bool recognised_ = false;
  bool truncated_ = false;
  absl::Status sink_error_;
  int blocked_ = 0;
  int unreachable_ = 0;
  int unreadable_ = 0;
  std::set<std::string> failed_pages_;
  std::set<std::string> fruitful_pages_;
};

}  // namespace jobmesh::scraper::sources
