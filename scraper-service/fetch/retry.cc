#include "scraper-service/fetch/retry.h"

#include <time.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "scraper-service/fetch/text.h"

namespace jobmesh::scraper::fetch {
namespace {

constexpr std::chrono::hours kLongestWait{24 * 365};

std::optional<std::chrono::system_clock::time_point> ParseHttpDate(const std::string& text) {
  // The preferred form and the two obsolete ones of RFC 9110 §5.6.7.
  for (const char* format :
       {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"}) {
    tm parts{};
    const char* end = strptime(text.c_str(), format, &parts);
    if (end != nullptr && *end == '\0') {
      return std::chrono::system_clock::from_time_t(timegm(&parts));
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::chrono::milliseconds> ParseRetryAfter(
    std::string_view value, std::chrono::system_clock::time_point now) {
  value = TrimSpace(value);
  long long seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  const bool all_digits = end == value.data() + value.size() && !value.empty();
  if (all_digits && error == std::errc::result_out_of_range) {
    return kLongestWait;
  }
  std::chrono::milliseconds wait{};
  if (all_digits && error == std::errc{} && seconds >= 0) {
    wait = std::chrono::seconds(std::min<long long>(seconds, 366LL * 24 * 3600));
  } else if (const auto date = ParseHttpDate(std::string(value))) {
    wait = std::chrono::ceil<std::chrono::milliseconds>(*date - now);
  } else {
    return std::nullopt;
  }
  return std::clamp<std::chrono::milliseconds>(wait, std::chrono::milliseconds(0), kLongestWait);
}

Backoff::Backoff(std::chrono::milliseconds base, std::chrono::milliseconds cap,
                 std::function<double()> random)
    : base_(base), cap_(cap), random_(std::move(random)) {}

std::chrono::milliseconds Backoff::After(int failed_tries) const {
  const int doublings = std::clamp(failed_tries - 1, 0, 20);
  const auto ceiling = std::min<std::chrono::milliseconds>(cap_, base_ * (1LL << doublings));
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(random_() * static_cast<double>(ceiling.count())));
}

bool IsTransientStatus(int status) { return status == 429 || (status >= 500 && status <= 599); }

}  // namespace jobmesh::scraper::fetch
