#include "scraper-service/tasks/cron.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "runtime/strings.h"

namespace jobmesh::scraper::tasks {
namespace {

// Leap days come at most eight years apart.
constexpr int kDaysAhead = 366 * 9;

struct Field {
  const char* name;
  int first;
  int last;
  std::vector<std::string> names;  // of `first` and those after it
};

const Field& FieldAt(int index) {
  static const std::vector<Field> fields = {
      {"minute", 0, 59, {}},
      {"hour", 0, 23, {}},
      {"day of month", 1, 31, {}},
      {"month",
       1,
       12,
       {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
      {"day of week", 0, 7, {"sun", "mon", "tue", "wed", "thu", "fri", "sat"}}};
  return fields[index];
}

absl::Status Bad(const Field& field, const std::string& text) {
  return runtime::InvalidField("cron",
                               absl::StrCat("the ", field.name, " \"", text, "\" is malformed"));
}

absl::StatusOr<int> Number(const Field& field, const std::string& text) {
  for (size_t i = 0; i < field.names.size(); ++i) {
    if (absl::EqualsIgnoreCase(text, field.names[i])) {
      return field.first + static_cast<int>(i);
    }
  }
  int number = 0;
  if (!absl::SimpleAtoi(text, &number) || number < field.first || number > field.last) {
    return Bad(field, text);
  }
  return number;
}

// `*`, `3`, `1-5`, each with `/step`, separated by commas.
template <class Set>
absl::Status ParseField(int index, const std::string& text, Set set) {
  const Field& field = FieldAt(index);
  for (const std::string& part : std::vector<std::string>(absl::StrSplit(text, ','))) {
    const std::vector<std::string> halves = absl::StrSplit(part, '/');
    int step = 1;
    if (halves.size() > 2 ||
        (halves.size() == 2 && (!absl::SimpleAtoi(halves[1], &step) || step < 1))) {
      return Bad(field, part);
    }
    int first = field.first;
    int last = field.last;
    if (halves[0] != "*") {
      const std::vector<std::string> ends = absl::StrSplit(halves[0], '-');
      if (ends.size() > 2) {
        return Bad(field, part);
      }
      ASSIGN_OR_RETURN(first, Number(field, ends[0]));
      if (ends.size() == 2) {
        ASSIGN_OR_RETURN(last, Number(field, ends[1]));
      } else if (halves.size() == 1) {
        last = first;
      }
      if (last < first) {
        return Bad(field, part);
      }
    }
    for (int value = first; value <= last; value += step) {
      set(value);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Cron> Cron::Parse(std::string_view text) {
  static const std::map<std::string, std::string> aliases = {{"@hourly", "0 * * * *"},
                                                             {"@daily", "0 0 * * *"},
                                                             {"@weekly", "0 0 * * 0"},
                                                             {"@monthly", "0 0 1 * *"}};
  std::string trimmed(absl::StripAsciiWhitespace(runtime::Av(text)));
  Cron cron;
  if (absl::StartsWith(trimmed, "@every ")) {
    if (!absl::ParseDuration(trimmed.substr(7), &cron.every_) || cron.every_ < absl::Seconds(1) ||
        cron.every_ > absl::Hours(24 * 366)) {
      return runtime::InvalidField("cron", "@every needs between 1s and 8784h");
    }
    return cron;
  }
  if (const auto alias = aliases.find(trimmed); alias != aliases.end()) {
    trimmed = alias->second;
  }
  const std::vector<std::string> fields =
      absl::StrSplit(trimmed, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (fields.size() != 5) {
    return runtime::InvalidField("cron", "needs five fields, or @every");
  }
  RETURN_IF_ERROR(ParseField(0, fields[0], [&](int value) { cron.minutes_.set(value); }));
  RETURN_IF_ERROR(ParseField(1, fields[1], [&](int value) { cron.hours_.set(value); }));
  RETURN_IF_ERROR(ParseField(2, fields[2], [&](int value) { cron.days_.set(value); }));
  RETURN_IF_ERROR(ParseField(3, fields[3], [&](int value) { cron.months_.set(value); }));
  RETURN_IF_ERROR(ParseField(4, fields[4], [&](int value) { cron.weekdays_.set(value % 7); }));
  cron.any_day_ = absl::StartsWith(fields[2], "*");
  cron.any_weekday_ = absl::StartsWith(fields[4], "*");
  return cron;
}

bool Cron::OnDay(absl::CivilDay day) const {
  if (!months_.test(day.month())) {
    return false;
  }
  const int weekday = (static_cast<int>(absl::GetWeekday(day)) + 1) % 7;  // Abseil's week: Monday 0
  const bool by_day = days_.test(day.day());
  const bool by_weekday = weekdays_.test(weekday);
  return any_day_ || any_weekday_ ? by_day && by_weekday : by_day || by_weekday;
}

absl::Time Cron::Next(absl::Time time) const {
  const absl::TimeZone utc = absl::UTCTimeZone();
  if (every_ > absl::ZeroDuration()) {
    return absl::UnixEpoch() + (absl::Floor(time - absl::UnixEpoch(), every_) + every_);
  }
  const absl::CivilMinute start = absl::ToCivilMinute(time, utc) + 1;
  absl::CivilDay day(start);
  for (int i = 0; i < kDaysAhead; ++i, ++day) {
    if (!OnDay(day)) {
      continue;
    }
    const bool today = day == absl::CivilDay(start);
    for (int hour = today ? start.hour() : 0; hour < 24; ++hour) {
      if (!hours_.test(hour)) {
        continue;
      }
      for (int minute = today && hour == start.hour() ? start.minute() : 0; minute < 60; ++minute) {
        if (minutes_.test(minute)) {
          return absl::FromCivil(
              absl::CivilMinute(day.year(), day.month(), day.day(), hour, minute), utc);
        }
      }
    }
  }
  return absl::InfiniteFuture();
}

std::optional<absl::Time> Cron::Latest(absl::Time after, absl::Time until) const {
  std::optional<absl::Time> latest;
  if (every_ > absl::ZeroDuration()) {
    const absl::Time slot = absl::UnixEpoch() + absl::Floor(until - absl::UnixEpoch(), every_);
    return slot > after ? std::optional(slot) : std::nullopt;
  }
  for (absl::Time slot = Next(after); slot <= until; slot = Next(slot)) {
    latest = slot;
  }
  return latest;
}

}  // namespace jobmesh::scraper::tasks
