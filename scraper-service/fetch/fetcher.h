#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "scraper-service/fetch/cancel_token.h"

namespace jobmesh::scraper::fetch {

// What a server gave us to ask later whether a page has changed (RFC 9110 §8.8). Kept as sent.
struct Validators {
  std::string etag;
  std::string last_modified;
  bool empty() const { return etag.empty() && last_modified.empty(); }
};

// Validators by URL. Implementations are thread-safe and swallow their own failures: without
// validators a page is merely fetched in full.
class ValidatorStore {
 public:
  virtual ~ValidatorStore() = default;
  virtual std::optional<Validators> Get(const std::string& url) = 0;
  virtual void Put(const std::string& url, const Validators& validators) = 0;
};

struct FetchOptions {
  // Stops the fetch when it fires; must outlive the call. Null = cannot be stopped.
  const CancelToken* cancel = nullptr;
  // Least time between two requests to the host; the longer of this and the host's Crawl-delay
  // counts.
  std::chrono::milliseconds delay{0};
  // Whether stored validators are sent, so that the answer may be not_modified.
  bool conditional = false;
  // Value of the Accept header.
  std::string accept = "*/*";
  // Sent besides, such as an API's key; to the URL's own origin only, not after a redirect to
  // another.
  std::map<std::string, std::string> headers = {};
};

struct FetchResult {
  int status = 0;         // 2xx, or 304
  std::string final_url;  // after redirects
  std::string body_utf8;  // empty when not_modified
  std::string content_type;
  bool not_modified = false;  // the page is as it was when its validators were remembered
  int tries = 0;              // requests sent for final_url
  Validators validators;
};

// Whether a failed fetch was not even tried because robots.txt forbids it: obeyed, and no fault of
// the page.
bool IsRobotsRefusal(const absl::Status& status);
// What such a status is made with.
absl::Status RobotsRefusal(const std::string& message);

// Fetches pages politely: see http_fetcher.h. Thread-safe.
class Fetcher {
 public:
  virtual ~Fetcher() = default;

  // Fetches one page and waits as long as politeness demands. Errors by code:
  //   INVALID_ARGUMENT     not an http(s) URL
  //   PERMISSION_DENIED    robots.txt forbids it, a challenge page came, or 401, 403, 451
  //   RESOURCE_EXHAUSTED   429 to the last try, or the host wants to be left alone for long
  //   NOT_FOUND            404, 410, or the host name does not exist
  //   UNAVAILABLE          no connection, a cut answer, or 5xx to the last try
  //   DEADLINE_EXCEEDED    too slow
  //   OUT_OF_RANGE         larger than the limit
  //   ABORTED              redirect loop or too many redirects
  //   FAILED_PRECONDITION  the address is not public and not allowed, or its certificate is bad
  //   CANCELLED            the token fired
  //   UNKNOWN              any other status
  virtual absl::StatusOr<FetchResult> Get(std::string_view url, const FetchOptions& options) = 0;

  // Stores the validators of a page whose content has been taken in. Not done by Get: if the
  // content were lost afterwards, the next answer would be "not modified" and the content never
  // come again.
  virtual void Remember(const FetchResult& result) = 0;

  // Sitemaps that the robots.txt of the URL's host names; empty when there is none or it cannot be
  // fetched.
  virtual std::vector<std::string> Sitemaps(std::string_view url, const FetchOptions& options) = 0;
};

}  // namespace jobmesh::scraper::fetch
