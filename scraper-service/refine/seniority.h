#pragma once

#include <optional>
#include <string_view>

#include "scraper-service/refine/fact.h"

namespace jobmesh::scraper::refine {

enum class Seniority { kIntern, kJunior, kMid, kSenior, kLead, kDirector, kExecutive };

// INTERN JUNIOR MID SENIOR LEAD DIRECTOR EXECUTIVE.
std::string_view Name(Seniority seniority);

// Reads a source's field: "Mid-Senior level", "Entry level", "senior", "Director", … nullopt when
// it says nothing
// ("Not Applicable", "Any").
std::optional<Seniority> ParseSeniorityField(std::string_view text);

// Reads a job title. kLead covers staff, principal, founding and team leads. nullopt when the title
// names no level, or names several ("Junior/Senior Developer").
std::optional<Seniority> SeniorityOfTitle(std::string_view title);

// For descriptions without a title: reads the first line, where boards such as Hacker News state
// the role, and the list of roles after it. Only one level throughout counts; the range is within
// `text`.
std::optional<Fact<Seniority>> FindSeniority(std::string_view text);

}  // namespace jobmesh::scraper::refine
