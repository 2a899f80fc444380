#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/time/time.h"

namespace jobmesh::runtime::postgres {

// Text form of one parameter of a statement; nothing is NULL.
using Param = std::optional<std::string>;
using Params = std::vector<Param>;

// Binary content for a bytea parameter.
struct Bytes {
  std::string_view content;
};

// `{a,"b c",NULL}`: the text form of a one-dimensional text[] (PostgreSQL manual, 8.15.6), for a
// parameter.
std::string TextArray(const std::vector<std::string>& elements);
// Elements of a text[] column of a result; a NULL element becomes "". Malformed input gives what
// was read so far.
std::vector<std::string> ParseTextArray(std::string_view text);

// Microseconds, UTC: `2026-01-31 10:00:00.000001+00`; infinite times are 'infinity' and
// '-infinity'.
std::string TimestampText(absl::Time time);
// A timestamptz column of a result (our sessions use UTC and ISO style); nothing when malformed.
std::optional<absl::Time> ParseTimestamp(std::string_view text);

// A whole number of milliseconds, for an interval.
std::string IntervalText(absl::Duration duration);

inline Param ToParam(std::nullptr_t) { return std::nullopt; }
inline Param ToParam(std::nullopt_t) { return std::nullopt; }
inline Param ToParam(std::string value) { return value; }
inline Param ToParam(std::string_view value) { return std::string(value); }
inline Param ToParam(const char* value) {
  return value == nullptr ? Param() : Param(std::string(value));
}
inline Param ToParam(const std::vector<std::string>& value) { return TextArray(value); }
inline Param ToParam(absl::Time value) { return TimestampText(value); }
inline Param ToParam(absl::Duration value) { return IntervalText(value); }
Param ToParam(Bytes value);

template <class T>
requires std::is_arithmetic_v<T> Param ToParam(T value) {
  if constexpr (std::same_as<T, bool>) {
    return std::string(value ? "t" : "f");
  } else {
    char buffer[64];
    auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
    return std::string(buffer, end);
  }
}

// An array parameter of numbers: int4[], int8[], float8[].
template <class T>
requires(std::is_arithmetic_v<T> && !std::same_as<T, bool>) Param
    ToParam(const std::vector<T>& values) {
  std::string text = "{";
  for (const T& value : values) {
    if (text.size() > 1) {
      text += ',';
    }
    text += *ToParam(value);
  }
  return text + '}';
}

template <class T>
Param ToParam(const std::optional<T>& value) {
  return value ? ToParam(*value) : std::nullopt;
}

template <class... Args>
Params MakeParams(const Args&... args) {
  Params params;
  params.reserve(sizeof...(args));
  (params.push_back(ToParam(args)), ...);
  return params;
}

}  // namespace jobmesh::runtime::postgres
