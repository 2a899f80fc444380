#include "scraper-service/fetch/http_fetcher.h"

#include <algorithm>
#include <random>
#include <set>
#include <utility>

#include <absl/status/status.h>

#include "scraper-service/fetch/challenge.h"
#include "scraper-service/fetch/charset.h"
#include "scraper-service/fetch/gunzip.h"
#include "scraper-service/fetch/text.h"

namespace jobmesh::scraper::fetch {
namespace {

constexpr int kMaxRobotsRedirects = 5;  // RFC 9309 §2.3.1.2

const CancelToken& TokenOf(const FetchOptions& options) {
  static const auto& never = *new CancelToken;
  return options.cancel != nullptr ? *options.cancel : never;
}

std::string Header(const Exchange& exchange, const std::string& name) {
  const auto found = exchange.headers.find(name);
  return found == exchange.headers.end() ? std::string() : found->second;
}

bool IsRedirect(const Exchange& exchange) {
  const int status = exchange.status;
  return (status == 301 || status == 302 || status == 303 || status == 307 || status == 308) &&
         exchange.headers.contains("location");
}

bool IsChallenge(const Exchange& exchange) {
  if (EqualsIgnoreCase(Header(exchange, "cf-mitigated"), "challenge")) {
    return true;
  }
  const std::string type = Header(exchange, "content-type");
  const bool may_be_page = type.empty() || ContainsIgnoreCase(type, "html");
  return may_be_page && IsChallengePage(exchange.status, exchange.body);
}

bool IsTransient(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

absl::Status StatusOfAnswer(const Url& url, int status) {
  const std::string message = url.ToString() + ": answered " + std::to_string(status);
  if (status == 404 || status == 410) return absl::NotFoundError(message);
  if (status == 401 || status == 403 || status == 451) return absl::PermissionDeniedError(message);
  if (status == 429) return absl::ResourceExhaustedError(message);
  if (status >= 500) return absl::UnavailableError(message);
  return absl::UnknownError(message);
}

}  // namespace

bool FetchSettings::SetTimeoutSeconds(int seconds) {
  const int clamped = std::clamp(seconds, 1, 10);
  transport.timeout = std::chrono::seconds(clamped);
  return clamped != seconds;
}

bool FetchSettings::SetTries(int count) {
  tries = std::clamp(count, 1, 10);
  return tries != count;
}

void FetchSettings::DropPoliteness(int connections) {
  polite = false;
  host.max_concurrent = connections;
  host.min_delay = std::chrono::milliseconds(0);
  host.max_delay = std::chrono::milliseconds(0);  // nothing adapts
}

HttpFetcher::HttpFetcher(FetchSettings settings, Clock& clock, Resolver& resolver,
                         ValidatorStore* validators, std::function<double()> random)
    : settings_(std::move(settings)),
      clock_(clock),
      resolver_(resolver),
      validators_(validators),
      backoff_(settings_.backoff_base, settings_.backoff_cap, std::move(random)),
      limiter_(settings_.host, clock),
      robots_(clock, settings_.robots_lifetime, settings_.robots_error_lifetime),
      transport_(settings_.transport) {}

absl::StatusOr<FetchResult> HttpFetcher::Get(std::string_view url_text,
                                             const FetchOptions& options) {
  const CancelToken& cancel = TokenOf(options);
  auto url = ParseUrl(url_text);
  if (!url.ok()) {
    return url.status();
  }
  const std::string origin = url->Origin();
  std::set<std::string> visited;
  for (int hop = 0; hop <= settings_.max_redirects; ++hop) {
    const std::string address = url->ToString();
    if (!visited.insert(address).second) {
      return absl::AbortedError(std::string(url_text) + ": redirect loop at " + address);
    }
    const auto delay = DelayOf(*url, options, cancel);
    if (!delay.ok()) {
      return delay.status();
    }
    Headers headers = {{"User-Agent", settings_.user_agent}, {"Accept", options.accept}};
    if (url->Origin() == origin) {
      for (const auto& [name, value] : options.headers) headers[name] = value;
    }
    if (options.conditional && validators_ != nullptr) {
      const auto known = validators_->Get(address).value_or(Validators{});
      if (!known.etag.empty()) headers["If-None-Match"] = known.etag;
      if (!known.last_modified.empty()) headers["If-Modified-Since"] = known.last_modified;
    }
    int tries = 0;
    auto exchange = Send(*url, headers, *delay, cancel, tries);
    if (!exchange.ok()) {
      return exchange.status();
    }
    if (!IsRedirect(*exchange)) {
      return Finish(*url, *std::move(exchange), tries);
    }
    url = ResolveUrl(*url, Header(*exchange, "location"));
    if (!url.ok()) {
      return url.status();
    }
  }
  return absl::AbortedError(std::string(url_text) + ": more than " +
                            std::to_string(settings_.max_redirects) + " redirects");
}

absl::StatusOr<std::chrono::milliseconds> HttpFetcher::DelayOf(const Url& url,
                                                               const FetchOptions& options,
                                                               const CancelToken& cancel) {
  if (!settings_.polite) {
    return std::chrono::milliseconds(0);
  }
  const auto robots = Robots(url, cancel);
  if (!robots.ok()) {
    return robots.status();
  }
  if (!(*robots)->Allows(url.target)) {
    return RobotsRefusal("robots.txt of " + url.Origin() +
                         ((*robots)->temporary()
                              ? " cannot be served, which forbids everything for now"
                              : " forbids " + url.target));
  }
  const auto crawl_delay = (*robots)->crawl_delay().value_or(std::chrono::milliseconds(0));
  return std::max(options.delay, std::min(crawl_delay, settings_.longest_crawl_delay));
}

absl::StatusOr<FetchResult> HttpFetcher::Finish(const Url& url, Exchange exchange,
                                                int tries) const {
  FetchResult result;
  result.status = exchange.status;
  result.final_url = url.ToString();
  result.content_type = Header(exchange, "content-type");
  result.tries = tries;
  result.validators = {Header(exchange, "etag"), Header(exchange, "last-modified")};
  if (exchange.status == 304) {
    result.not_modified = true;
    return result;
  }
  if (IsChallenge(exchange)) {
    return absl::PermissionDeniedError(result.final_url + ": a challenge page came (status " +
                                       std::to_string(exchange.status) + ")");
  }
  if (exchange.status < 200 || exchange.status > 299) {
    return StatusOfAnswer(url, exchange.status);
  }
  if (IsGzip(exchange.body)) {  // a file such as sitemap.xml.gz, not a content coding
    auto unpacked = Gunzip(exchange.body, settings_.transport.max_body_bytes);
    if (!unpacked.ok()) {
      return absl::Status(unpacked.status().code(),
                          result.final_url + ": " + std::string(unpacked.status().message()));
    }
    exchange.body = *std::move(unpacked);
  }
  result.body_utf8 = ToUtf8(exchange.body, DetectCharset(exchange.body, result.content_type));
  return result;
}

absl::StatusOr<Exchange> HttpFetcher::Send(const Url& url, const Headers& headers,
                                           std::chrono::milliseconds delay,
                                           const CancelToken& cancel, int& tries) {
  while (true) {
    auto exchange = TryOnce(url, headers, delay, cancel);
    ++tries;
    const bool transient = exchange.ok()
                               ? IsTransientStatus(exchange->status) && !IsChallenge(*exchange)
                               : IsTransient(exchange.status());
    if (!transient) {
      return exchange;
    }
    auto wait = backoff_.After(tries);
    if (exchange.ok()) {
      const auto asked = ParseRetryAfter(Header(*exchange, "retry-after"), clock_.WallNow());
      if (asked) {
        limiter_.HoldOff(url.Authority(), *asked);
        wait = std::chrono::milliseconds(0);  // the next turn comes only after the time asked for
      }
    }
    if (tries >= settings_.tries) {
      return exchange;
    }
    if (wait.count() > 0 && !clock_.Sleep(wait, cancel)) {
      return absl::CancelledError("fetch cancelled");
    }
  }
}

absl::StatusOr<Exchange> HttpFetcher::TryOnce(const Url& url, const Headers& headers,
                                              std::chrono::milliseconds delay,
                                              const CancelToken& cancel) {
  if (cancel.cancelled()) {
    return absl::CancelledError("fetch cancelled");
  }
  auto turn = limiter_.Acquire(url.Authority(), delay, cancel);
  if (!turn.ok()) {
    return turn.status();
  }
  // Looked up for every request and connected to as checked, so a name cannot change in between.
  const auto address = CheckedAddress(resolver_, url.host, url.port, settings_.allowed);
  if (!address.ok()) {
    return address.status();
  }
  if (!settings_.polite && address->IsPublic()) {
    return absl::FailedPreconditionError("host " + url.host +
                                         " is public, which is never fetched impolitely");
  }
  const auto started = clock_.Now();
  auto exchange = transport_.Get(url, *address, headers, cancel);
  const bool good =
      exchange.ok() ? !IsTransientStatus(exchange->status) : !IsTransient(exchange.status());
  const auto latency =
      exchange.ok() ? exchange->latency
                    : std::chrono::duration_cast<std::chrono::milliseconds>(clock_.Now() - started);
  turn->Report(good ? HostLimiter::Answer::kGood : HostLimiter::Answer::kTrouble, latency);
  return exchange;
}

absl::StatusOr<RobotsCache::Rules> HttpFetcher::Robots(const Url& url, const CancelToken& cancel) {
  return robots_.Get(url, [&](const Url& robots_url) { return LoadRobots(robots_url, cancel); });
}

absl::StatusOr<RobotsRules> HttpFetcher::LoadRobots(Url url, const CancelToken& cancel) {
  const Headers headers = {{"User-Agent", settings_.user_agent}, {"Accept", "text/plain, */*"}};
  for (int hop = 0; hop <= kMaxRobotsRedirects; ++hop) {
    int tries = 0;
    const auto exchange = Send(url, headers, std::chrono::milliseconds(0), cancel, tries);
    if (!exchange.ok()) {
      return exchange.status();
    }
    if (IsRedirect(*exchange)) {
      auto next = ResolveUrl(url, Header(*exchange, "location"));
      if (!next.ok()) {
        return RobotsRules::AllowAll();
      }
      url = *std::move(next);
      continue;
    }
    // RFC 9309 §2.3.1: a server in trouble forbids everything, an absent file nothing. 429 is
    // trouble.
    if (IsTransientStatus(exchange->status)) {
      return RobotsRules::DisallowForNow();
    }
    if (exchange->status < 200 || exchange->status > 299) {
      return RobotsRules::AllowAll();
    }
    return RobotsRules::Parse(exchange->body, settings_.product);
  }
  return RobotsRules::AllowAll();
}

void HttpFetcher::Remember(const FetchResult& result) {
  if (validators_ != nullptr && !result.not_modified && !result.validators.empty()) {
    validators_->Put(result.final_url, result.validators);
  }
}

std::vector<std::string> HttpFetcher::Sitemaps(std::string_view url_text,
                                               const FetchOptions& options) {
  const auto url = ParseUrl(url_text);
  if (!url.ok()) {
    return {};
  }
  const auto robots = Robots(*url, TokenOf(options));
  return robots.ok() ? (*robots)->sitemaps() : std::vector<std::string>{};
}

std::function<double()> MakeRandom() {
  return [] {
    thread_local std::mt19937_64 engine{std::random_device{}()};
    return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
  };
}

}  // namespace jobmesh::scraper::fetch
