#pragma once

#include <bitset>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace jobmesh::scraper::tasks {

// When something is due: the five fields of cron (minute, hour, day of month, month, day of week)
// in UTC, with lists, ranges, steps and English names, or `@hourly`, `@daily`, `@weekly`,
// `@monthly`, or
// `@every 90s`, whose slots are the multiples of the interval since 1970. Where both day fields are
// restricted either one suffices, as in crontab(5). Immutable.
class Cron {
 public:
  // INVALID_ARGUMENT that names the field.
  static absl::StatusOr<Cron> Parse(std::string_view text);

  // The first slot after `time`; InfiniteFuture when there is none (31 February).
  absl::Time Next(absl::Time time) const;
  // The last slot after `after` that is not after `until`; nothing when there is none.
  std::optional<absl::Time> Latest(absl::Time after, absl::Time until) const;

 private:
  bool OnDay(absl::CivilDay day) const;

  absl::Duration every_;  // zero: the fields
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<7> weekdays_;  // Sunday is 0
  bool any_day_ = false;
  bool any_weekday_ = false;
};

}  // namespace jobmesh::scraper::tasks
