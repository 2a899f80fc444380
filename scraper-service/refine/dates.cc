#include "scraper-service/refine/dates.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>
#include <vector>

#include "absl/time/civil_time.h"

#include "scraper-service/refine/ascii.h"
#include "scraper-service/refine/phrase_matcher.h"

namespace jobmesh::scraper::refine {
namespace {

// Reads forward through a text; every reader leaves the position where it was when it fails.
class Cursor {
 public:
  explicit Cursor(std::string_view text, size_t at = 0) : text_(text), at_(at) {}

  size_t at() const { return at_; }
  bool done() const { return at_ >= text_.size(); }
  char peek() const { return done() ? '\0' : text_[at_]; }

  std::optional<int> Digits(size_t least, size_t most) {
    size_t i = at_;
    int value = 0;
    while (i < text_.size() && IsDigit(text_[i]) && i - at_ < most)
      value = value * 10 + (text_[i++] - '0');
    if (i - at_ < least || (i < text_.size() && IsDigit(text_[i]))) return std::nullopt;
    at_ = i;
    return value;
  }
  // The same where more digits follow, as in "20260215T…".
  std::optional<int> ExactDigits(size_t count) {
    if (at_ + count > text_.size()) return std::nullopt;
    int value = 0;
    for (size_t k = 0; k < count; ++k) {
      if (!IsDigit(text_[at_ + k])) return std::nullopt;
      value = value * 10 + (text_[at_ + k] - '0');
    }
    at_ += count;
    return value;
  }
  bool Eat(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  std::string Word() {
    const size_t begin = at_;
    while (!done() && (IsAlpha(text_[at_]) || static_cast<unsigned char>(text_[at_]) >= 0x80))
      ++at_;
    return Lowered(text_.substr(begin, at_ - begin));
  }
  void Skip(std::string_view set) {
    while (!done() && set.find(text_[at_]) != set.npos) ++at_;
  }
  void Reset(size_t at) { at_ = at; }

 private:
  std::string_view text_;
  size_t at_;
};

std::optional<int> Month(std::string_view word) {
  // English, then Romanian names; three letters are enough for the English ones.
  static constexpr std::array<std::string_view, 12> kEnglish = {
      "january", "february", "march",     "april",   "may",      "june",
      "july",    "august",   "september", "october", "november", "december"};
  static constexpr std::array<std::string_view, 12> kRomanian = {
      "ianuarie", "februarie", "martie",     "aprilie",   "mai",       "iunie",
      "iulie",    "august",    "septembrie", "octombrie", "noiembrie", "decembrie"};
  if (word.size() < 3) return std::nullopt;
  if (word == "sept") return 9;
  for (int m = 0; m < 12; ++m) {
    if (kEnglish[m] == word || (word.size() == 3 && kEnglish[m].substr(0, 3) == word) ||
        kRomanian[m] == word)
      return m + 1;
  }
  return std::nullopt;
}

struct Fields {
  int year = 0, month = 0, day = 0;
  bool has_time = false;
  int hour = 0, minute = 0, second = 0;
  std::optional<int> offset_minutes;
};

bool IsReal(const Fields& f) {
  if (f.year < 1970 || f.year > 2100 || f.month < 1 || f.month > 12 || f.day < 1 || f.hour > 23 ||
      f.minute > 59 || f.second > 60)
    return false;
  const absl::CivilDay day(f.year, f.month, f.day);
  return day.month() == f.month && day.day() == f.day;
}

std::optional<StatedDate> Finish(const Fields& f) {
  if (!IsReal(f)) return std::nullopt;
  char buffer[48];
  StatedDate date;
  if (!f.has_time) {
    std::snprintf(buffer, sizeof buffer, "%04d-%02d-%02d", f.year, f.month, f.day);
    date.iso = buffer;
    date.time = absl::FromCivil(absl::CivilDay(f.year, f.month, f.day), absl::UTCTimeZone());
    return date;
  }
  std::snprintf(buffer, sizeof buffer, "%04d-%02d-%02dT%02d:%02d:%02d", f.year, f.month, f.day,
                f.hour, f.minute, f.second);
  date.iso = buffer;
  date.time = absl::FromCivil(absl::CivilSecond(f.year, f.month, f.day, f.hour, f.minute, f.second),
                              absl::UTCTimeZone());
  if (f.offset_minutes) {
    const int offset = *f.offset_minutes;
    date.time -= absl::Minutes(offset);
    if (offset == 0) {
      date.iso += 'Z';
    } else {
      const int size = offset < 0 ? -offset : offset;
      std::snprintf(buffer, sizeof buffer, "%c%02d:%02d", offset < 0 ? '-' : '+', size / 60 % 100,
                    size % 60);
      date.iso += buffer;
    }
  }
  return date;
}

// "+02:00", "-0500", "Z", "GMT", "EST".
std::optional<int> Offset(Cursor& c) {
  const size_t start = c.at();
  c.Skip(" ");
  if (c.peek() == '+' || c.peek() == '-') {
    const int sign = c.peek() == '-' ? -1 : 1;
    c.Eat(c.peek());
    const auto hours = c.ExactDigits(2);
    c.Eat(':');
    const auto minutes = c.ExactDigits(2);
    if (hours && *hours <= 14) return sign * (*hours * 60 + minutes.value_or(0));
  } else {
    static constexpr std::pair<std::string_view, int> kZones[] = {
        {"z", 0},      {"gmt", 0},    {"ut", 0},     {"utc", 0},    {"est", -300}, {"edt", -240},
        {"cst", -360}, {"cdt", -300}, {"mst", -420}, {"mdt", -360}, {"pst", -480}, {"pdt", -420}};
    const std::string word = c.Word();
    for (const auto& [name, minutes] : kZones) {
      if (word == name) return minutes;
    }
  }
  c.Reset(start);
  return std::nullopt;
}

void Time(Cursor& c, Fields& f) {
  const size_t start = c.at();
  const auto hour = c.Digits(1, 2);
  if (!hour || !c.Eat(':')) return c.Reset(start);
  const auto minute = c.ExactDigits(2);
  if (!minute) return c.Reset(start);
  f.has_time = true;
  f.hour = *hour;
  f.minute = *minute;
  if (c.Eat(':')) f.second = c.ExactDigits(2).value_or(0);
  if (c.peek() == '.' || c.peek() == ',') {
    c.Eat(c.peek());
    c.Skip("0123456789");
  }
  f.offset_minutes = Offset(c);
}

// "2026-02-15", "2026-02-15T20:42:08Z", "2026-02-15 20:42", "2026/02/15".
bool Iso(Cursor& c, Fields& f) {
  const auto year = c.ExactDigits(4);
  if (!year) return false;
  const char separator = c.peek();
  if (separator != '-' && separator != '/') return false;
  c.Eat(separator);
  const auto month = c.Digits(1, 2);
  if (!month || !c.Eat(separator)) return false;
  const auto day = c.ExactDigits(2);
  if (!day) return false;
  f.year = *year;
  f.month = *month;
  f.day = *day;
  if (c.peek() == 'T' || c.peek() == ' ') {
    const size_t start = c.at();
    c.Eat(c.peek());
    Time(c, f);
    if (!f.has_time) c.Reset(start);
  }
  return true;
}

std::optional<int> FullYear(Cursor& c) {
  const auto year = c.Digits(2, 4);
  if (!year || (*year > 99 && *year < 1000)) return std::nullopt;
  return *year < 100 ? *year + 2000 : *year;
}

void Ordinal(Cursor& c) {
  const size_t start = c.at();
  const std::string word = c.Word();
  if (word != "st" && word != "nd" && word != "rd" && word != "th") c.Reset(start);
}

// "26 January 2004", "26th of Jan, 2004", "Sat, 22 Aug 2026 06:25:52 GMT", "January 26, 2004",
// "26.01.2004".
bool Spelled(Cursor& c, Fields& f) {
  const size_t start = c.at();
  std::string word = c.Word();
  if (word.empty()) {
    const auto day = c.Digits(1, 2);
    if (!day) return false;
    f.day = *day;
    if (c.peek() == '.') {
      c.Eat('.');
      if (const auto month = c.Digits(1, 2)) {
        if (!c.Eat('.')) return false;
        const auto year = c.Digits(4, 4);
        if (!year) return false;
        f.month = *month;
        f.year = *year;
        return true;
      }
    }
    Ordinal(c);
    c.Skip(" -,.");
    word = c.Word();
    if (word == "of") {
      c.Skip(" ");
      word = c.Word();
    }
    const auto month = Month(word);
    if (!month) return false;
    f.month = *month;
    c.Skip(" -,.");
    const auto year = FullYear(c);
    if (!year) return false;
    f.year = *year;
  } else {
    const auto month = Month(word);
    if (!month) {
      // A weekday in front.
      static constexpr std::string_view kDays[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
      const bool weekday = std::any_of(std::begin(kDays), std::end(kDays),
                                       [&](std::string_view d) { return word.rfind(d, 0) == 0; });
      if (!weekday || start != 0) {
        if (!weekday) return false;
      }
      c.Skip(" ,");
      if (IsAlpha(c.peek()) && !Month(Cursor(c).Word())) return false;
      return Spelled(c, f);
    }
    c.Skip(" .");
    const auto day = c.Digits(1, 2);
    if (!day) return false;
    Ordinal(c);
    c.Skip(" ,");
    const auto year = FullYear(c);
    if (!year) return false;
    f.month = *month;
    f.day = *day;
    f.year = *year;
  }
  const size_t end = c.at();
  c.Skip(" ,");
  Time(c, f);
  if (!f.has_time) c.Reset(end);
  return true;
}

std::optional<StatedDate> DayBefore(absl::Time now, int days) {
  const absl::CivilDay day = absl::ToCivilDay(now, absl::UTCTimeZone()) - days;
  Fields f;
  f.year = static_cast<int>(day.year());
  f.month = day.month();
  f.day = day.day();
  auto date = Finish(f);
  if (date) date->relative = true;
  return date;
}

std::optional<StatedDate> Relative(std::string_view text, absl::Time now) {
  const std::string lower = Lowered(text);
  const auto has = [&](std::string_view word) { return lower.find(word) != lower.npos; };
  if (has("yesterday") || has("ieri") || has("\xD0\xB2\xD1\x87\xD0\xB5\xD1\x80\xD0\xB0"))
    return DayBefore(now, 1);
  if (has("today") || has("just posted") || has("just now") || has("azi") ||
      has("\xD1\x81\xD0\xB5\xD0\xB3\xD0\xBE\xD0\xB4\xD0\xBD\xD1\x8F"))
    return DayBefore(now, 0);
  const size_t digit = lower.find_first_of("0123456789");
  if (!has("ago") && !has("acum") && !has("\xD0\xBD\xD0\xB0\xD0\xB7\xD0\xB0\xD0\xB4"))
    return std::nullopt;
  int count = 1;
  size_t at = 0;
  if (digit != lower.npos) {
    Cursor c(lower, digit);
    const auto value = c.Digits(1, 4);
    if (!value) return std::nullopt;
    count = *value;
    at = c.at();
  } else if (!has("a ") && !has("an ")) {
    return std::nullopt;
  }
  const std::string unit = lower.substr(at);
  const auto of = [&](std::initializer_list<std::string_view> words) {
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view w) { return unit.find(w) != unit.npos; });
  };
  if (of({"minute", "min ", "second", "hour", "hr", "h ago", "or\xC4\x83", "ore"})) {
    const int hours = of({"hour", "hr", "h ago", "or\xC4\x83", "ore"}) ? count : 0;
    return DayBefore(now - absl::Hours(hours), 0);
  }
  if (of({"day", "zi", "\xD0\xB4\xD0\xBD", "d ago", "d+ ago"})) return DayBefore(now, count);
  if (of({"week", "s\xC4\x83pt", "sapt", "\xD0\xBD\xD0\xB5\xD0\xB4", "w ago"}))
    return DayBefore(now, count * 7);
  if (of({"month", "lun", "\xD0\xBC\xD0\xB5\xD1\x81", "mo ago"})) return DayBefore(now, count * 30);
  if (of({"year", "an ", "ani", "\xD0\xB3\xD0\xBE\xD0\xB4"})) return DayBefore(now, count * 365);
  return std::nullopt;
}

std::optional<StatedDate> Epoch(std::string_view text) {
  if ((text.size() != 13 && text.size() != 10) || !std::all_of(text.begin(), text.end(), IsDigit))
    return std::nullopt;
  int64_t value = 0;
  for (const char c : text) value = value * 10 + (c - '0');
  if (text.size() == 13) value /= 1000;
  StatedDate date;
  date.time = absl::FromUnixSeconds(value);
  const absl::CivilSecond civil = absl::ToCivilSecond(date.time, absl::UTCTimeZone());
  Fields f{static_cast<int>(civil.year()),
           civil.month(),
           civil.day(),
           true,
           civil.hour(),
           civil.minute(),
           civil.second(),
           0};
  return Finish(f);
}

// A date that begins exactly at `at`.
std::optional<std::pair<StatedDate, size_t>> DateAt(std::string_view text, size_t at) {
  Fields f;
  Cursor c(text, at);
  if (!Iso(c, f)) {
    f = {};
    c.Reset(at);
    if (!Spelled(c, f)) {
      // "15/02/2026": told apart only when one of both cannot be a month.
      f = {};
      c.Reset(at);
      const auto first = c.Digits(1, 2);
      if (!first || !c.Eat('/')) return std::nullopt;
      const auto second = c.Digits(1, 2);
      if (!second || !c.Eat('/')) return std::nullopt;
      const auto year = c.Digits(4, 4);
      if (!year || ((*first <= 12) == (*second <= 12) && *first != *second)) return std::nullopt;
      f.year = *year;
      f.day = *first > 12 ? *first : *second;
      f.month = *first > 12 ? *second : *first;
    }
  }
  auto date = Finish(f);
  if (!date) return std::nullopt;
  return std::pair(*std::move(date), c.at());
}

const PhraseMatcher& DeadlineMatcher() {
  static const PhraseMatcher* const kCues = new PhraseMatcher({{"deadline", 0},
                                                               {"closing date", 0},
                                                               {"apply by", 0},
                                                               {"apply before", 0},
                                                               {"applications close", 0},
                                                               {"valid through", 0},
                                                               {"last date to apply", 0},
                                                               {"applications by", 0},
                                                               {"closes on", 0},
                                                               {"termen limit\xC4\x83", 0},
                                                               {"Bewerbungsschluss", 0}});
  return *kCues;
}

}  // namespace

std::optional<StatedDate> ParseDate(std::string_view text, absl::Time now) {
  text = Trimmed(text);
  if (text.empty() || text.size() > 200) return std::nullopt;
  if (auto epoch = Epoch(text)) return epoch;
  if (auto relative = Relative(text, now)) return relative;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool word_start = i == 0 || !IsAlnum(text[i - 1]);
    if (!word_start || !IsAlnum(text[i])) continue;
    if (auto date = DateAt(text, i)) return date->first;
  }
  return std::nullopt;
}

std::vector<const PhraseMatcher*> DeadlinePhrases() { return {&DeadlineMatcher()}; }

std::optional<Fact<StatedDate>> FindDeadline(const ScannedText& scanned) {
  const std::string_view text = scanned.text();
  std::optional<Fact<StatedDate>> found;
  DeadlineMatcher().ForEach(scanned, [&](uint32_t, size_t begin, size_t end) {
    if (found || !IsWholeWord(text, begin, end)) return;
    const size_t stop = std::min(text.size(), end + 60);
    for (size_t i = end; i < stop; ++i) {
      if (text[i] == '\n' && i > end + 4) return;
      if (!IsAlnum(text[i]) || IsAlnum(text[i - 1])) continue;
      if (auto date = DateAt(text, i)) {
        found = Fact<StatedDate>{std::move(date->first), {Origin::kText, {i, date->second}}};
        return;
      }
    }
  });
  return found;
}

}  // namespace jobmesh::scraper::refine
