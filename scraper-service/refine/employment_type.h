#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "scraper-service/refine/fact.h"
#include "scraper-service/refine/phrase_matcher.h"
#include "scraper-service/refine/scanned_text.h"

namespace jobmesh::scraper::refine {

enum class EmploymentType {
  kFullTime,
  kPartTime,
  kContract,
  kTemporary,
  kIntern,
  kVolunteer,
  kOther
};

// FULL_TIME PART_TIME CONTRACT TEMPORARY INTERN VOLUNTEER OTHER.
std::string_view Name(EmploymentType type);

// Reads a source's field: "Full-time", "FullTime", "FULL_TIME", "full_time", "CONTRACTOR",
// "PER_DIEM", … nullopt when the field is empty; kOther for what it does not know.
std::optional<EmploymentType> ParseEmploymentTypeField(std::string_view text);

// Finds the type in the title and then in the description's text. A mention counts only as a
// statement about the job ("Job type: contract", "a full-time role", "6 month contract"), never as
// a mere word ("contract negotiation"). The range is within `text`; origin kStructured when the
// title said it, kInferred when only a salaried trade in the title, or benefits that come with
// full-time employment did.
std::optional<Fact<EmploymentType>> FindEmploymentType(std::string_view title,
                                                       const ScannedText& text);

// The phrases by which FindEmploymentType goes: of the text's starts it needs only theirs
// (StartFilter).
std::vector<const PhraseMatcher*> EmploymentTypePhrases();

}  // namespace jobmesh::scraper::refine
