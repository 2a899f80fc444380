#include "gateway/session/traffic.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "runtime/errors.h"

namespace jobmesh::gateway::session {
namespace {

absl::Status TooMany(const policy::RateDecision& decision) {
  const std::int64_t seconds =
      absl::ToInt64Seconds(absl::Ceil(decision.retry_after, absl::Seconds(1)));
  return runtime::Error(
      absl::StatusCode::kResourceExhausted, runtime::ErrorReason::RATE_LIMITED,
      "Too many requests; slow down",
      {{"retry_after_seconds", std::to_string(std::max<std::int64_t>(seconds, 1))}});
}

void Append(std::string& list, const std::string& member) {
  absl::StrAppend(&list, list.empty() ? "" : ", ", member);
}

}  // namespace

TrafficOptions LoadTrafficOptions(runtime::config::ConfigReader& reader) {
  TrafficOptions options;
  absl::StatusOr<policy::TrustedProxies> proxies = policy::TrustedProxies::Parse(reader.List(
      "JOBMESH_TRUSTED_PROXIES", "",
      "comma list of addresses and networks whose X-Forwarded-For, -Proto and -Host are believed"));
  if (proxies.ok()) {
    options.trusted_proxies = *std::move(proxies);
  } else {
    reader.AddProblem("JOBMESH_TRUSTED_PROXIES", std::string(proxies.status().message()));
  }
  options.rate_limit_per_minute = static_cast<std::uint32_t>(
      reader.Int("JOBMESH_RATE_LIMIT_PER_MINUTE", 0, 0, 100'000'000,
                 "requests a minute of one client to all routes together; 0 = not limited"));
  options.max_in_flight =
      reader.Int("JOBMESH_MAX_IN_FLIGHT", options.max_in_flight, 0, 1'000'000,
                 "requests in work at a time, beyond which 503 at once; 0 = not limited");
  options.cache_bytes = static_cast<size_t>(
      reader.Int("JOBMESH_CACHE_BYTES", static_cast<std::int64_t>(options.cache_bytes), 0,
                 std::int64_t{1} << 40, "memory for cached responses; 0 = nothing is kept"));
  const std::string mode =
      reader.OneOf("JOBMESH_ACCESS_LOG", "errors", {"off", "errors", "on"},
                   "requests that get a line in the log: none, those answered 5xx, or all");
  options.access_log = mode == "on"    ? AccessLogMode::kOn
                       : mode == "off" ? AccessLogMode::kOff
                                       : AccessLogMode::kErrors;
  return options;
}

bool IsCached(const routes::Route& route) {
  return route.policy->cache_max_age.count() > 0 && route.policy->auth == options::v1::PUBLIC &&
         route.http_method == "GET" && !route.policy->client_streaming &&
         !route.policy->server_streaming && route.descriptor != nullptr &&
         route.descriptor->output_type()->full_name() != "google.api.HttpBody";
}

std::string ClientKey(const http::Request& request,
                      const std::optional<runtime::auth::Principal>& principal) {
  return principal ? absl::StrCat("user:", principal->user_id)
                   : absl::StrCat("address:", policy::AddressKey(request.remote_address));
}

void RateVerdict::AddFields(http::Headers& headers) const {
  if (!policy.empty()) {
    headers.Add("RateLimit-Policy", policy);
    headers.Add("RateLimit", limit);
  }
}

Traffic::Traffic(TrafficOptions options, prometheus::Registry& registry)
    : options_(std::move(options)),
      gateway_rule_{.name = "gateway",
                    .per_minute = options_.rate_limit_per_minute,
                    .burst = options_.rate_limit_per_minute},
      cache_({.max_bytes = options_.cache_bytes}),
      shedder_(options_.max_in_flight),
      cached_(prometheus::BuildCounter()
                  .Name("jobmesh_gateway_cache_requests_total")
                  .Help("Answers of cached rpcs, by route and result: hit, miss, stale.")
                  .Register(registry)),
      limited_(prometheus::BuildCounter()
                   .Name("jobmesh_gateway_rate_limited_total")
                   .Help("Requests refused by a rate limit, by route.")
                   .Register(registry)),
      shed_(prometheus::BuildCounter()
                .Name("jobmesh_gateway_shed_total")
                .Help("Requests turned away because too many were in work.")
                .Register(registry)
                .Add({})) {}

std::optional<http::Response> Traffic::AnswerFromCache(const http::Request& request,
                                                       std::string* route) {
  if ((request.method != "GET" && request.method != "HEAD") || !request.body.empty()) {
    return std::nullopt;
  }
  const std::shared_ptr<const policy::CachedResponse> response = cache_.FindFresh(request.target);
  if (response == nullptr) {
    return std::nullopt;
  }
  *route = response->route();
  CountCache(*route, policy::CacheResult::kHit);
  return response->Answer(request, policy::CacheResult::kHit, cache_.Now());
}

void Traffic::CountCache(const std::string& route, policy::CacheResult result) {
  const std::string key = absl::StrCat(policy::CacheResultName(result), " ", route);
  {
    absl::ReaderMutexLock lock(&mutex_);
    if (const auto found = cache_counters_.find(key); found != cache_counters_.end()) {
      found->second->Increment();
      return;
    }
  }
  prometheus::Counter& counter =
      cached_.Add({{"route", route}, {"result", policy::CacheResultName(result)}});
  counter.Increment();
  absl::MutexLock lock(&mutex_);
  cache_counters_.emplace(key, &counter);
}

std::optional<policy::LoadShedder::Ticket> Traffic::Admit() {
  std::optional<policy::LoadShedder::Ticket> ticket = shedder_.Admit();
  if (!ticket) {
    shed_.Increment();
  }
  return ticket;
}

RateVerdict Traffic::CountRequest(const routes::Route& route, const std::string& client) {
  RateVerdict verdict;
  const auto count = [&](const policy::RateRule& rule) {
    if (rule.per_minute == 0 || rule.burst == 0 || !verdict.status.ok()) {
      return;
    }
    const policy::RateDecision decision = limiter_.Take(rule, client);
    Append(verdict.policy, policy::RatePolicyField(rule));
    Append(verdict.limit, policy::RateField(rule, decision));
    if (!decision.allowed) {
      verdict.status = TooMany(decision);
    }
  };
  count(gateway_rule_);
  if (route.policy->rate_per_minute > 0) {
    count({.name = route.rpc.substr(1),
           .per_minute = route.policy->rate_per_minute,
           .burst = route.policy->rate_burst});
  }
  if (!verdict.status.ok()) {
    limited_.Add({{"route", route.path.text}}).Increment();
  }
  return verdict;
}

absl::Status Traffic::CountAttempt(const std::string& client) {
  if (gateway_rule_.per_minute == 0) {
    return absl::OkStatus();
  }
  const policy::RateDecision decision = limiter_.Take(gateway_rule_, client);
  return decision.allowed ? absl::OkStatus() : TooMany(decision);
}

std::string Traffic::Describe() const {
  const policy::ResponseCache::Stats stats = cache_.GetStats();
  return absl::StrCat("in_flight=", shedder_.in_flight(), " cached=", stats.entries,
                      " cached_bytes=", stats.bytes, " evicted=", stats.evictions, "\n");
}

}  // namespace jobmesh::gateway::session
