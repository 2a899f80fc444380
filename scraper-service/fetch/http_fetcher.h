#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "scraper-service/fetch/clock.h"
#include "scraper-service/fetch/fetcher.h"
#include "scraper-service/fetch/host_limiter.h"
#include "scraper-service/fetch/network.h"
#include "scraper-service/fetch/retry.h"
#include "scraper-service/fetch/robots_cache.h"
#include "scraper-service/fetch/transport.h"

namespace jobmesh::scraper::fetch {

struct FetchSettings {
  // The product token that robots.txt files are searched for.
  std::string product = "JobMesh";
  std::string user_agent = "JobMesh/0.1 (job search; respects robots.txt)";
  TransportLimits transport;
  // Requests for one page in all, 1-10.
  int tries = 3;
  int max_redirects = 10;
  HostLimits host;
  // A Crawl-delay above this is cut to it.
  std::chrono::milliseconds longest_crawl_delay{30'000};
  std::chrono::milliseconds backoff_base{500};
  std::chrono::milliseconds backoff_cap{30'000};
  std::chrono::seconds robots_lifetime{3600};
  std::chrono::seconds robots_error_lifetime{60};
  // Networks that may be fetched although not public.
  std::vector<Network> allowed;
  // Whether robots.txt and delays are heeded. Where they are not, public servers are refused.
  bool polite = true;

  // Timeouts and tries outside 1-10 are clamped; the result says whether that was needed.
  bool SetTimeoutSeconds(int seconds);
  bool SetTries(int count);
  // For servers of one's own: no robots.txt, no delays, `connections` requests to a host at a time.
  // A Retry-After is still heeded.
  void DropPoliteness(int connections);
};

// The real Fetcher, over HTTP/1.1. Before each request, also after a redirect: robots.txt is asked,
// the host's addresses are looked up and checked, and the host's turn is waited for. Transient
// failures, 429 and 5xx are tried again with full-jitter backoff or after the Retry-After of the
// server. Bodies are unpacked and converted to UTF-8. Thread-safe; blocks, so callers bring their
// own threads.
class HttpFetcher final : public Fetcher {
 public:
  // `random` gives numbers in [0, 1) and must be callable from any thread. `validators` may be
  // null. All references outlive the fetcher.
  HttpFetcher(FetchSettings settings, Clock& clock, Resolver& resolver, ValidatorStore* validators,
              std::function<double()> random);

  absl::StatusOr<FetchResult> Get(std::string_view url, const FetchOptions& options) override;
  void Remember(const FetchResult& result) override;
  std::vector<std::string> Sitemaps(std::string_view url, const FetchOptions& options) override;

 private:
  // How long after the last request to the host this one may start, by the source and by
  // robots.txt; PERMISSION_DENIED where that forbids the page.
  absl::StatusOr<std::chrono::milliseconds> DelayOf(const Url& url, const FetchOptions& options,
                                                    const CancelToken& cancel);
  // One page without following redirects. `tries` gets the number of requests sent.
  absl::StatusOr<Exchange> Send(const Url& url, const Headers& headers,
                                std::chrono::milliseconds delay, const CancelToken& cancel,
                                int& tries);
  absl::StatusOr<Exchange> TryOnce(const Url& url, const Headers& headers,
                                   std::chrono::milliseconds delay, const CancelToken& cancel);
  absl::StatusOr<RobotsRules> LoadRobots(Url url, const CancelToken& cancel);
  absl::StatusOr<RobotsCache::Rules> Robots(const Url& url, const CancelToken& cancel);
  absl::StatusOr<FetchResult> Finish(const Url& url, Exchange exchange, int tries) const;

  const FetchSettings settings_;
  Clock& clock_;
  Resolver& resolver_;
  ValidatorStore* validators_;
  Backoff backoff_;
  HostLimiter limiter_;
  RobotsCache robots_;
  Transport transport_;
};

// A thread-safe source of random numbers in [0, 1).
std::function<double()> MakeRandom();

}  // namespace jobmesh::scraper::fetch
