#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace jobmesh::scraper::site_data {

// Which day a site is fetched for when nobody names one. Days are those of UTC.
enum class DateStrategy { kToday, kYesterday, kCustom };

// "today", "yesterday", "custom".
std::string_view StrategyName(DateStrategy strategy);

// An API that gives items of a site.
struct Provider {
  std::string name;  // key in the sites file; called `source` of its items
  std::string url;
  std::string transformer;  // name of what reads its items; see transformer.h
};

// One entry of the sites file.
struct Site {
  std::string id;
  DateStrategy date_strategy = DateStrategy::kToday;
  std::optional<absl::CivilDay> custom_date;  // exactly with kCustom
  bool enabled = true;                        // may be fetched, and is so every hour
  std::vector<Provider> providers;            // by name
  std::string description;

  // The day that the strategy names at `now`.
  absl::CivilDay DateAt(absl::Time now) const;
};

// A day as "YYYY-MM-DD", exactly so; nothing for every other text and for days that no calendar
// has.
std::optional<absl::CivilDay> ParseDay(std::string_view text);
std::string DayText(absl::CivilDay day);

// Reads a sites file, the array of document 000: [{"site_id", "date_strategy"?, "custom_date"?,
// "enabled"?, "providers":
// {"<name>": "<url>"}, "transformer"?, "description"?}]. `transformer` is one name for all
// providers, or names by provider. Comments as in C++ are allowed. `${NAME}` in a url is replaced
// by the variable of that name. INVALID_ARGUMENT lists every mistake at once, one a line.
absl::StatusOr<std::vector<Site>> ParseSites(std::string_view text,
                                             const std::map<std::string, std::string>& variables);

// Null when there is none of that name.
const Site* FindSite(const std::vector<Site>& sites, std::string_view id);

}  // namespace jobmesh::scraper::site_data
