#include "gateway/transcode/well_known_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include <absl/numeric/int128.h>

#include "gateway/transcode/ascii.h"

namespace jobmesh::gateway::transcode {
namespace {

constexpr std::int32_t kNanosPerSecond = 1'000'000'000;
// google/protobuf/timestamp.proto: 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z.
constexpr std::int64_t kMinTimestamp = -62'135'596'800;
constexpr std::int64_t kMaxTimestamp = 253'402'300'799;
// google/protobuf/duration.proto: 10,000 years.
constexpr std::int64_t kMaxDuration = 315'576'000'000;

// Reads exactly `count` digits off the front of `text`.
bool TakeDigits(std::string_view* text, std::size_t count, int* value) {
  if (text->size() < count) return false;
  *value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!IsDigit((*text)[i])) return false;
    *value = *value * 10 + ((*text)[i] - '0');
  }
  text->remove_prefix(count);
  return true;
}

bool Take(std::string_view* text, char c) {
  if (text->empty() || text->front() != c) return false;
  text->remove_prefix(1);
  return true;
}

// Reads an optional fraction of a second of 1 to 9 digits.
bool TakeFraction(std::string_view* text, std::int32_t* nanos) {
  *nanos = 0;
  if (!Take(text, '.')) return true;
  int digits = 0;
  for (; !text->empty() && IsDigit(text->front()); text->remove_prefix(1)) {
    if (++digits > 9) return false;
    *nanos = *nanos * 10 + (text->front() - '0');
  }
  if (digits == 0) return false;
  for (; digits < 9; ++digits) *nanos *= 10;
  return true;
}

// Days since 1970-01-01 of a date of the proleptic Gregorian calendar (H. Hinnant,
// days_from_civil).
std::int64_t DaysOf(int year, int month, int day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

struct Date {
  int year;
  int month;
  int day;
};

Date DateOf(std::int64_t days) {
  days += 719'468;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const std::int64_t day_of_era = days - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  const int month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  const int year = static_cast<int>(year_of_era + era * 400 + (month <= 2 ? 1 : 0));
  return {year, month, day};
}

int DaysInMonth(int year, int month) {
  constexpr std::array kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

char* PutDigits(char* out, std::int64_t value, int count) {
  for (int i = count - 1; i >= 0; --i, value /= 10) out[i] = static_cast<char>('0' + value % 10);
  return out + count;
}

char* PutFraction(char* out, std::int32_t nanos) {
  if (nanos == 0) return out;
  *out++ = '.';
  if (nanos % 1'000'000 == 0) return PutDigits(out, nanos / 1'000'000, 3);
  if (nanos % 1'000 == 0) return PutDigits(out, nanos / 1'000, 6);
  return PutDigits(out, nanos, 9);
}

// Nanoseconds in one `unit` of Go's durations, 0 when there is no such unit.
std::int64_t NanosOfUnit(std::string_view unit) {
  if (unit == "h") return 3'600LL * kNanosPerSecond;
  if (unit == "m") return 60LL * kNanosPerSecond;
  if (unit == "s") return kNanosPerSecond;
  if (unit == "ms") return 1'000'000;
  if (unit == "us" || unit == "µs") return 1'000;
  if (unit == "ns") return 1;
  return 0;
}

// Reads `12.5` off the front as a whole part and nanos of one.
bool TakeDecimal(std::string_view* text, std::int64_t* whole, std::int32_t* nanos) {
  *whole = 0;
  int digits = 0;
  for (; !text->empty() && IsDigit(text->front()); text->remove_prefix(1)) {
    if (++digits > 12) return false;  // kMaxDuration has 12
    *whole = *whole * 10 + (text->front() - '0');
  }
  return digits > 0 && TakeFraction(text, nanos);
}

}  // namespace

bool ParseTimestamp(std::string_view text, SecondsAndNanos* value) {
  int year, month, day, hour, minute, second;
  if (!TakeDigits(&text, 4, &year) || !Take(&text, '-') || !TakeDigits(&text, 2, &month) ||
      !Take(&text, '-') || !TakeDigits(&text, 2, &day) || !Take(&text, 'T') ||
      !TakeDigits(&text, 2, &hour) || !Take(&text, ':') || !TakeDigits(&text, 2, &minute) ||
      !Take(&text, ':') || !TakeDigits(&text, 2, &second) || !TakeFraction(&text, &value->nanos)) {
    return false;
  }
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > DaysInMonth(year, month) ||
      hour > 23 || minute > 59 || second > 59) {
    return false;
  }
  int offset_minutes = 0;
  if (!Take(&text, 'Z')) {
    int sign = 0;
    if (Take(&text, '+')) {
      sign = 1;
    } else if (Take(&text, '-')) {
      sign = -1;
    }
    int hours, minutes;
    if (sign == 0 || !TakeDigits(&text, 2, &hours) || !Take(&text, ':') ||
        !TakeDigits(&text, 2, &minutes) || hours > 23 || minutes > 59) {
      return false;
    }
    offset_minutes = sign * (hours * 60 + minutes);
  }
  if (!text.empty()) return false;
  value->seconds =
      DaysOf(year, month, day) * 86'400 + hour * 3'600 + minute * 60 + second - offset_minutes * 60;
  return value->seconds >= kMinTimestamp && value->seconds <= kMaxTimestamp;
}

char* PutTimestamp(char* out, const SecondsAndNanos& value) {
  if (value.seconds < kMinTimestamp || value.seconds > kMaxTimestamp || value.nanos < 0 ||
      value.nanos >= kNanosPerSecond) {
    return nullptr;
  }
  std::int64_t days = value.seconds / 86'400;
  std::int64_t of_day = value.seconds % 86'400;
  if (of_day < 0) {
    of_day += 86'400;
    --days;
  }
  const Date date = DateOf(days);
  out = PutDigits(out, date.year, 4);
  *out++ = '-';
  out = PutDigits(out, date.month, 2);
  *out++ = '-';
  out = PutDigits(out, date.day, 2);
  *out++ = 'T';
  out = PutDigits(out, of_day / 3'600, 2);
  *out++ = ':';
  out = PutDigits(out, of_day / 60 % 60, 2);
  *out++ = ':';
  out = PutDigits(out, of_day % 60, 2);
  out = PutFraction(out, value.nanos);
  *out++ = 'Z';
  return out;
}

bool ParseDuration(std::string_view text, SecondsAndNanos* value) {
  const bool negative = Take(&text, '-');
  if (!TakeDecimal(&text, &value->seconds, &value->nanos) || text != "s") return false;
  if (value->seconds > kMaxDuration || (value->seconds == kMaxDuration && value->nanos > 0)) {
    return false;
  }
  if (negative) {
    value->seconds = -value->seconds;
    value->nanos = -value->nanos;
  }
  return true;
}

bool ParseDurationParts(std::string_view text, SecondsAndNanos* value) {
  if (ParseDuration(text, value)) return true;
  const bool negative = Take(&text, '-');
  if (text.empty()) return false;
  absl::int128 total = 0;
  while (!text.empty()) {
    std::int64_t whole;
    std::int32_t fraction;
    if (!TakeDecimal(&text, &whole, &fraction)) return false;
    const std::size_t unit_size = std::min(text.size(), text.find_first_of("0123456789."));
    const std::int64_t unit = NanosOfUnit(text.substr(0, unit_size));
    if (unit == 0) return false;
    text.remove_prefix(unit_size);
    total += static_cast<absl::int128>(whole) * unit +
             static_cast<absl::int128>(fraction) * unit / kNanosPerSecond;
    if (total > static_cast<absl::int128>(kMaxDuration) * kNanosPerSecond) return false;
  }
  if (negative) total = -total;
  value->seconds = static_cast<std::int64_t>(total / kNanosPerSecond);
  value->nanos = static_cast<std::int32_t>(total % kNanosPerSecond);
  return true;
}

char* PutDuration(char* out, const SecondsAndNanos& value) {
  if (value.seconds > kMaxDuration || value.seconds < -kMaxDuration ||
      value.nanos <= -kNanosPerSecond || value.nanos >= kNanosPerSecond ||
      (value.seconds > 0 && value.nanos < 0) || (value.seconds < 0 && value.nanos > 0)) {
    return nullptr;
  }
  if (value.seconds < 0 || value.nanos < 0) *out++ = '-';
  out = std::to_chars(out, out + 20, std::abs(value.seconds)).ptr;
  out = PutFraction(out, std::abs(value.nanos));
  *out++ = 's';
  return out;
}

std::string SnakeCasePath(std::string_view json_path) {
  std::string path;
  for (const char c : json_path) {
    if (c >= 'A' && c <= 'Z') {
      path.push_back('_');
      path.push_back(static_cast<char>(c - 'A' + 'a'));
    } else {
      path.push_back(c);
    }
  }
  return path;
}

std::string CamelCasePath(std::string_view path) {
  std::string json_path;
  bool upper = false;
  for (const char c : path) {
    if (c == '_') {
      upper = true;
      continue;
    }
    json_path.push_back(upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    upper = false;
  }
  return json_path;
}

}  // namespace jobmesh::gateway::transcode
