#include "gateway/session/call_deadline.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "runtime/strings.h"

namespace jobmesh::gateway::session {
namespace {

constexpr size_t kMostDigits = 8;
// Of X-Request-Timeout, in characters: a number of seconds needs no more.
constexpr size_t kLongestSeconds = 16;

std::optional<absl::Duration> UnitOf(char unit) {
  switch (unit) {
    case 'H':
      return absl::Hours(1);
    case 'M':
      return absl::Minutes(1);
    case 'S':
      return absl::Seconds(1);
    case 'm':
      return absl::Milliseconds(1);
    case 'u':
      return absl::Microseconds(1);
    case 'n':
      return absl::Nanoseconds(1);
    default:
      return std::nullopt;
  }
}

bool IsDigits(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return absl::ascii_isdigit(c) != 0; });
}

std::optional<absl::Duration> ParseGrpcTimeout(std::string_view text) {
  if (text.size() < 2 || text.size() > kMostDigits + 1) {
    return std::nullopt;
  }
  const std::string_view digits = text.substr(0, text.size() - 1);
  const std::optional<absl::Duration> unit = UnitOf(text.back());
  int64_t value = 0;
  if (!unit || !IsDigits(digits) || !absl::SimpleAtoi(runtime::Av(digits), &value)) {
    return std::nullopt;
  }
  return value * *unit;
}

std::optional<absl::Duration> ParseSeconds(std::string_view text) {
  if (text.size() > kLongestSeconds) {
    return std::nullopt;
  }
  absl::Duration unit = absl::Seconds(1);
  if (text.ends_with("ms")) {
    unit = absl::Milliseconds(1);
    text.remove_suffix(2);
  } else if (text.ends_with('s')) {
    text.remove_suffix(1);
  }
  // No sign, no exponent, none of the words that number parsers take.
  const size_t point = std::min(text.find('.'), text.size());
  const bool has_fraction = point < text.size();
  if (!IsDigits(text.substr(0, point)) || (has_fraction && !IsDigits(text.substr(point + 1)))) {
    return std::nullopt;
  }
  double value = 0;
  if (!absl::SimpleAtod(runtime::Av(text), &value)) {
    return std::nullopt;
  }
  return value * unit;
}

}  // namespace

absl::StatusOr<CallDeadline> DeadlineOf(const http::Request& request, absl::Duration policy) {
  CallDeadline deadline{.timeout = policy};
  const auto shorten = [&](std::string_view header, auto parse) -> absl::Status {
    const std::optional<std::string_view> text = request.headers.Find(header);
    if (!text) {
      return absl::OkStatus();
    }
    const std::optional<absl::Duration> timeout = parse(*text);
    if (!timeout) {
      return runtime::InvalidField(std::string(header), "is not a timeout");
    }
    if (*timeout < deadline.timeout) {
      deadline = {.timeout = *timeout, .is_callers = true};
    }
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(shorten("Grpc-Timeout", ParseGrpcTimeout));
  RETURN_IF_ERROR(shorten("X-Request-Timeout", ParseSeconds));
  return deadline;
}

}  // namespace jobmesh::gateway::session
