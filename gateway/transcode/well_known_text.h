#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace jobmesh::gateway::transcode {

// google.protobuf.Timestamp and Duration.
struct SecondsAndNanos {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
};

// What PutTimestamp and PutDuration write at most, in bytes.
inline constexpr int kMaxTextSize = 40;

// RFC 3339, years 0001 to 9999, up to nine digits of a second, `Z` or an offset. False when
// malformed.
bool ParseTimestamp(std::string_view text, SecondsAndNanos* value);
// Writes `2026-01-02T03:04:05.678Z`, with 0, 3, 6 or 9 digits of a second and at most kMaxTextSize
// bytes, at `out`; returns the end, or null when the value is out of range.
char* PutTimestamp(char* out, const SecondsAndNanos& value);

// `1.5s`, `-1.5s`; at most ±315,576,000,000 s. False when malformed.
bool ParseDuration(std::string_view text, SecondsAndNanos* value);
// As above or in parts of h, m, s, ms, us and ns, as Go writes it: `13h0m0s`.
bool ParseDurationParts(std::string_view text, SecondsAndNanos* value);
// As PutTimestamp.
char* PutDuration(char* out, const SecondsAndNanos& value);

// A path of a FieldMask in JSON (lowerCamelCase) and in the message (snake_case).
std::string SnakeCasePath(std::string_view json_path);
std::string CamelCasePath(std::string_view path);

}  // namespace jobmesh::gateway::transcode
