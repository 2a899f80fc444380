#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "scraper-service/refine/fact.h"
#include "scraper-service/refine/phrase_matcher.h"
#include "scraper-service/refine/scanned_text.h"

namespace jobmesh::scraper::refine {

// Years of work that a posting asks for.
struct Experience {
  double min_years = 0;
  // nullopt = no upper end.
  std::optional<double> max_years;
  // Where it stands in the text it was read from.
  Range range;
};

// Reads a source's experience field: "2 - 7 yrs", "3+ years", "18 months", "no experience". nullopt
// when it states no number of years.
std::optional<Experience> ParseExperienceField(std::string_view text);

// Finds the years asked for in running text: the first statement that speaks of experience, not of
// the company's age, a contract's length or an applicant's age. Linear in the text.
std::optional<Experience> FindExperience(const ScannedText& text);

// The phrases by which FindExperience goes: of the text's starts it needs only theirs
// (StartFilter).
std::vector<const PhraseMatcher*> ExperiencePhrases();

}  // namespace jobmesh::scraper::refine
