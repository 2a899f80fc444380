#pragma once

#include <span>
#include <string_view>

namespace jobmesh::testing {

using Words = std::span<const std::string_view>;

// A place where invented employers are, with what its salaries look like.
struct WorkPlace {
  std::string_view city;
  std::string_view region;  // empty where postings do not write one
  std::string_view country;
  std::string_view country_code;  // ISO 3166-1 alpha-2
  std::string_view currency;      // ISO 4217
  std::string_view period;  // the period that salaries are usually stated in there: YEAR or MONTH
  double pay_level;         // relative to the United States
  double units_per_usd;     // rough; only makes amounts look right
};

// A kind of work. Everything here is invented wording; skills are names as a posting writes them.
struct Role {
  Words titles;
  Words romanian_titles;
  Words skills;
  Words tasks;         // what one does, as the object of a verb
  int yearly_pay_usd;  // middle of the range for a mid-level person
};

std::span<const Role> Roles();
std::span<const WorkPlace> WorkPlaces();

// The places of `WorkPlaces` that Romanian postings use.
std::span<const WorkPlace> RomanianWorkPlaces();

// Parts of invented company names: "Northwind" + "Systems".
Words CompanyStems();
Words CompanyEndings();

// Parts of duties: "Design" + <task> + "for enterprise customers".
Words DutyVerbs();
Words DutyPurposes();

Words CompanyProducts();
Words Benefits();

Words FirstNames();
Words LastNames();

}  // namespace jobmesh::testing
