#include "scraper-service/fetch/api_client.h"

#include <algorithm>
#include <utility>

#include <absl/status/status.h>

#include "scraper-service/fetch/retry.h"
#include "scraper-service/fetch/url.h"

namespace jobmesh::scraper::fetch {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{1000};
// Beyond it a Retry-After is not waited for.
constexpr milliseconds kLongestPause{120'000};

TransportLimits LimitsOf(const FetchSettings& settings) {
  TransportLimits limits = settings.transport;
  limits.exchange_limit = limits.timeout;
  return limits;
}

bool IsTransient(const absl::StatusOr<Exchange>& exchange) {
  return exchange.ok() ? exchange->status >= 500
                       : absl::IsUnavailable(exchange.status()) ||
                             absl::IsDeadlineExceeded(exchange.status());
}

// The status of a last try, in words that need no address.
absl::Status Failure(const absl::StatusOr<Exchange>& exchange, int tries) {
  const std::string after = tries > 1 ? ", " + std::to_string(tries) + " tries" : "";
  if (exchange.ok()) {
    const std::string message = "answered " + std::to_string(exchange->status) + after;
    return exchange->status >= 500 ? absl::UnavailableError(message) : absl::UnknownError(message);
  }
  std::string message;
  switch (exchange.status().code()) {
    case absl::StatusCode::kUnavailable:
      message = "no connection, or the answer broke off" + after;
      break;
    case absl::StatusCode::kDeadlineExceeded:
      message = "no answer in time" + after;
      break;
    case absl::StatusCode::kFailedPrecondition:
      message = "its address or its certificate is not accepted";
      break;
    case absl::StatusCode::kNotFound:
      message = "its host name does not exist";
      break;
    case absl::StatusCode::kOutOfRange:
      message = "the answer is too large";
      break;
    default:
      return exchange.status();
  }
  return absl::Status(exchange.status().code(), message);
}

}  // namespace

HttpApiClient::HttpApiClient(const FetchSettings& settings, Clock& clock, Resolver& resolver,
                             std::function<double()> random)
    : tries_(settings.tries),
      allowed_(settings.allowed),
      headers_({{"User-Agent", settings.user_agent},
                {"Accept", "application/json"},
                {"Content-Type", "application/json"}}),
      clock_(clock),
      resolver_(resolver),
      random_(std::move(random)),
      transport_(LimitsOf(settings)) {}

absl::StatusOr<std::string> HttpApiClient::Post(const std::string& url_text,
                                                const std::string& json,
                                                const CancelToken& cancel) {
  const auto url = ParseUrl(url_text);
  if (!url.ok()) {
    return absl::InvalidArgumentError("its address is no http(s) URL");
  }
  for (int tried = 1;; ++tried) {
    auto exchange = TryOnce(*url, json, cancel);
    if (exchange.ok() && exchange->status == 200) {
      return std::move(exchange->body);
    }
    if (!IsTransient(exchange) || tried >= tries_) {
      return Failure(exchange, tried);
    }
    milliseconds pause = PauseAfter(tried);
    if (exchange.ok()) {
      const auto asked =
          ParseRetryAfter(exchange->headers["retry-after"], clock_.WallNow()).value_or(pause);
      if (asked > kLongestPause) {
        return Failure(exchange, tried);
      }
      pause = std::max(pause, asked);
    }
    if (!clock_.Sleep(pause, cancel)) {
      return absl::CancelledError("cancelled");
    }
  }
}

absl::StatusOr<Exchange> HttpApiClient::TryOnce(const Url& url, const std::string& json,
                                                const CancelToken& cancel) {
  if (cancel.cancelled()) {
    return absl::CancelledError("cancelled");
  }
  // Looked up for every try and connected to as checked, so a name cannot change in between.
  const auto address = CheckedAddress(resolver_, url.host, url.port, allowed_);
  if (!address.ok()) {
    return address.status();
  }
  return transport_.Post(url, *address, headers_, json, cancel);
}

milliseconds HttpApiClient::PauseAfter(int failed_tries) {
  const milliseconds least = kFirstPause * (1LL << (failed_tries - 1));
  return least +
         milliseconds(static_cast<int64_t>(random_() * 0.1 * static_cast<double>(least.count())));
}

}  // namespace jobmesh::scraper::fetch
