// Dates of sources, and deadlines in running text: what is read is a day of the calendar, and reads
// back as itself.

#include <string>

#include "scraper-service/refine/dates.h"
#include "tests/fuzz/fuzz.h"

using jobmesh::scraper::refine::FindDeadline;
using jobmesh::scraper::refine::ParseDate;
using jobmesh::scraper::refine::Range;
namespace fuzz = jobmesh::fuzz;

JOBMESH_FUZZ_TARGET(std::string_view input) {
  const absl::Time now = absl::FromUnixSeconds(1'770'000'000);
  if (const auto date = ParseDate(input, now)) {
    const auto again = ParseDate(date->iso, now);
    fuzz::Require(again.has_value() && again->time == date->time && again->iso == date->iso,
                  "a date reads back as itself");
    fuzz::Require(!date->relative || date->time <= now + absl::Hours(48),
                  "what lies back lies in the past");
  }
  if (const auto deadline = FindDeadline(input)) {
    const Range range = deadline->evidence.range;
    fuzz::Require(range.begin < range.end && range.end <= input.size(),
                  "a deadline is a piece of its text");
  }
}
