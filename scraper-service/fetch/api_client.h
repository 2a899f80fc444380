#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "scraper-service/fetch/clock.h"
#include "scraper-service/fetch/http_fetcher.h"
#include "scraper-service/fetch/network.h"
#include "scraper-service/fetch/transport.h"

namespace jobmesh::scraper::fetch {

// Asks APIs that were agreed upon with whoever runs them, which pages are not: robots.txt and the
// politeness of crawls do not apply. Thread-safe; blocks.
class ApiClient {
 public:
  virtual ~ApiClient() = default;

  // The body of the 200 to a POST of `json`. Errors by code, without the address, which may hold a
  // key:
  //   INVALID_ARGUMENT     not an http(s) URL
  //   UNAVAILABLE          no connection, a cut answer, or 5xx, to the last try
  //   DEADLINE_EXCEEDED    too slow, to the last try
  //   FAILED_PRECONDITION  the address is not public and not allowed, or its certificate is bad
  //   NOT_FOUND            the host name does not exist
  //   OUT_OF_RANGE         larger than the limit
  //   UNKNOWN              any other status; never tried again
  //   CANCELLED            the token fired
  virtual absl::StatusOr<std::string> Post(const std::string& url, const std::string& json,
                                           const CancelToken& cancel) = 0;
};

// Over HTTP/1.1. Pauses between tries are 1, 2, 4 … s, made up to a tenth longer by chance, or what
// Retry-After asks for where that is longer; a Retry-After above two minutes ends it at once.
// Redirects are not followed: an API that moved is a change of the configuration.
class HttpApiClient final : public ApiClient {
 public:
  // Of `settings` it takes timeout (of one try in all), tries, allowed networks, limit of the body
  // and user agent. `random` gives numbers in [0, 1) and must be callable from any thread. All
  // references outlive the client.
  HttpApiClient(const FetchSettings& settings, Clock& clock, Resolver& resolver,
                std::function<double()> random);

  absl::StatusOr<std::string> Post(const std::string& url, const std::string& json,
                                   const CancelToken& cancel) override;

 private:
  absl::StatusOr<Exchange> TryOnce(const Url& url, const std::string& json,
                                   const CancelToken& cancel);
  std::chrono::milliseconds PauseAfter(int failed_tries);

  const int tries_;
  const std::vector<Network> allowed_;
  const Headers headers_;
  Clock& clock_;
  Resolver& resolver_;
  const std::function<double()> random_;
  Transport transport_;
};

}  // namespace jobmesh::scraper::fetch
