#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/registry.h"

#include "gateway/http/message.h"
#include "gateway/policy/client_address.h"
#include "gateway/policy/data_version.h"
#include "gateway/policy/load_shedder.h"
#include "gateway/policy/rate_limiter.h"
#include "gateway/policy/response_cache.h"
#include "gateway/routes/route.h"
#include "gateway/session/access_log.h"
#include "runtime/auth/principal.h"
#include "runtime/config/config_reader.h"

namespace jobmesh::gateway::session {

struct TrafficOptions {
  policy::TrustedProxies trusted_proxies;
  // Requests of one client to all routes together; 0: not limited.
  std::uint32_t rate_limit_per_minute = 0;
  // Requests in work at a time; 0: not limited.
  std::int64_t max_in_flight = 6000;
  size_t cache_bytes = size_t{64} << 20;
  AccessLogMode access_log = AccessLogMode::kErrors;
};

// JOBMESH_TRUSTED_PROXIES, JOBMESH_RATE_LIMIT_PER_MINUTE, JOBMESH_MAX_IN_FLIGHT,
// JOBMESH_CACHE_BYTES, JOBMESH_ACCESS_LOG.
TrafficOptions LoadTrafficOptions(runtime::config::ConfigReader& reader);

// Whether the rpc of a route may be answered from the cache: it declares `cache`, asks nobody who
// they are, and its answer is one JSON document.
bool IsCached(const routes::Route& route);

// Who a limit counts: the user where there is one, else the address.
std::string ClientKey(const http::Request& request,
                      const std::optional<runtime::auth::Principal>& principal);

// What the limits say to one request, and what its answer says of them.
struct RateVerdict {
  // RESOURCE_EXHAUSTED (RATE_LIMITED) with retry_after_seconds when it is one too many.
  absl::Status status;
  // Values of RateLimit-Policy and RateLimit; empty where nothing limits the route.
  std::string policy;
  std::string limit;

  void AddFields(http::Headers& headers) const;
};

// What the gateway does to traffic, whatever the routes: the state and counters that all requests
// share. Thread-safe.
class Traffic {
 public:
  Traffic(TrafficOptions options, prometheus::Registry& registry);

  const policy::TrustedProxies& trusted_proxies() const { return options_.trusted_proxies; }
  AccessLogMode access_log() const { return options_.access_log; }
  policy::ResponseCache& cache() { return cache_; }
  policy::DataVersions& data_versions() { return data_versions_; }

  // The answer to a GET or HEAD whose target leads straight to a fresh response; else nothing.
  // Without what differs from request to request. `route` gets the template.
  std::optional<http::Response> AnswerFromCache(const http::Request& request, std::string* route);
  // Counts an answer of a cached rpc.
  void CountCache(const std::string& route, policy::CacheResult result);

  // A place for a request, or nothing when it must be turned away.
  std::optional<policy::LoadShedder::Ticket> Admit();

  // Counts a request of `client` against the limits of the gateway and of the route's rpc.
  RateVerdict CountRequest(const routes::Route& route, const std::string& client);
  // As CountRequest, against the limit of the gateway alone: for attempts to get in.
  absl::Status CountAttempt(const std::string& client);

  // Requests in work and what the cache holds, for /statusz.
  std::string Describe() const;

 private:
  const TrafficOptions options_;
  const policy::RateRule gateway_rule_;
  policy::ResponseCache cache_;
  policy::DataVersions data_versions_;
  policy::LoadShedder shedder_;
  policy::RateLimiter limiter_;
  prometheus::Family<prometheus::Counter>& cached_;
  prometheus::Family<prometheus::Counter>& limited_;
  prometheus::Counter& shed_;
  absl::Mutex mutex_;
  // Of cached_, by result and route: finding them by labels costs too much for a hit.
  absl::flat_hash_map<std::string, prometheus::Counter*> cache_counters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace jobmesh::gateway::session
