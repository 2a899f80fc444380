#pragma once

#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <absl/status/status.h>

#include "scraper-service/fetch/fetcher.h"
#include "scraper-service/fetch/url.h"
#include "scraper-service/sources/adapter.h"
#include "scraper-service/sources/source_config.h"

namespace jobmesh::scraper::sources {

// Reads a fixture; tests run in the root of the project.
inline std::string TestData(const std::string& file) {
  std::ifstream in("scraper-service/sources/testdata/" + file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// A Fetcher that serves pages from memory. Unknown pages are NOT_FOUND.
class FakeFetcher final : public fetch::Fetcher {
 public:
  void Page(const std::string& url, std::string body) { pages_[url] = std::move(body); }
  void Fail(const std::string& url, absl::Status status) { failures_[url] = std::move(status); }
  void NotModified(const std::string& url) { unchanged_[url] = true; }
  void SetSitemaps(std::vector<std::string> sitemaps) { sitemaps_ = std::move(sitemaps); }

  absl::StatusOr<fetch::FetchResult> Get(std::string_view url_text,
                                         const fetch::FetchOptions& options) override {
    std::lock_guard lock(mutex_);
    const std::string url(url_text);
    asked_.push_back(url);
    if (options.cancel != nullptr && options.cancel->cancelled()) {
      return absl::CancelledError("fetch cancelled");
    }
    if (const auto failure = failures_.find(url); failure != failures_.end()) {
      return failure->second;
    }
    fetch::FetchResult result{.status = 200, .final_url = url, .tries = 1};
    if (options.conditional && unchanged_.contains(url)) {
      result.status = 304;
      result.not_modified = true;
      return result;
    }
    const auto page = pages_.find(url);
    if (page == pages_.end()) return absl::NotFoundError(url + ": answered 404");
    result.body_utf8 = page->second;
    return result;
  }
  void Remember(const fetch::FetchResult& result) override {
    remembered_.push_back(result.final_url);
  }
  std::vector<std::string> Sitemaps(std::string_view, const fetch::FetchOptions&) override {
    return sitemaps_;
  }

  const std::vector<std::string>& asked() const { return asked_; }
  const std::vector<std::string>& remembered() const { return remembered_; }

 private:
  std::mutex mutex_;
  std::map<std::string, std::string> pages_;
  std::map<std::string, absl::Status> failures_;
  std::map<std::string, bool> unchanged_;
  std::vector<std::string> sitemaps_;
  std::vector<std::string> asked_;
  std::vector<std::string> remembered_;
};

// Keeps what it gets; fails from the `fail_after`th posting on if that is not negative.
class KeepingSink final : public PostingSink {
 public:
  absl::Status Accept(const std::string& page_url, RawPosting posting) override {
    if (fail_after >= 0 && static_cast<int>(postings.size()) >= fail_after) {
      return absl::UnavailableError("the database is away");
    }
    pages.push_back(page_url);
    postings.push_back(std::move(posting));
    return absl::OkStatus();
  }
  void Unchanged(const std::string& page_url) override { unchanged.push_back(page_url); }

  // The posting of that title; a default one when there is none.
  RawPosting Titled(const std::string& title) const {
    for (const auto& posting : postings) {
      if (posting.title == title) return posting;
    }
    return {};
  }

  std::vector<RawPosting> postings;
  std::vector<std::string> pages;
  std::vector<std::string> unchanged;
  int fail_after = -1;
};

// One run with everything around it.
struct Crawl {
  explicit Crawl(std::string adapter, std::string url) {
    source.name = "test";
    source.adapter = std::move(adapter);
    source.url = std::move(url);
  }
  Outcome Run() {
    context.cancel = &cancel;
    return MakeAdapter(source.adapter)->Crawl(source, fetcher, sink, context);
  }

  SourceConfig source;
  FakeFetcher fetcher;
  KeepingSink sink;
  fetch::CancelToken cancel;
  CrawlContext context;
};

}  // namespace jobmesh::scraper::sources
