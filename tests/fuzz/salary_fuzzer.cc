// Salaries, as a field and in running text: amounts are in order, finite and above zero, and stand
// where they are said to.

#include <cmath>
#include <string>

#include "scraper-service/refine/salary.h"
#include "tests/fuzz/fuzz.h"

using namespace jobmesh;          // NOLINT(google-build-using-namespace)
using namespace scraper::refine;  // NOLINT(google-build-using-namespace)

namespace {

void RequireSound(const Salary& salary, std::string_view text) {
  fuzz::Require(salary.min || salary.max, "a salary has an amount");
  for (const auto& amount : {salary.min, salary.max, salary.annual_min, salary.annual_max}) {
    fuzz::Require(!amount || (std::isfinite(*amount) && *amount >= 0), "amounts are numbers");
  }
  fuzz::Require(!salary.min || !salary.max || *salary.min <= *salary.max, "amounts are in order");
  fuzz::Require(salary.currency.empty() || salary.currency.size() == 3, "currencies are codes");
  fuzz::Require(salary.period || (!salary.annual_min && !salary.annual_max),
                "a year is reckoned from a period");
  fuzz::Require(salary.range.begin < salary.range.end && salary.range.end <= text.size(),
                "a salary is a piece of its text");
}

}  // namespace

JOBMESH_FUZZ_TARGET(std::string_view input) {
  if (input.empty()) return;
  constexpr const char* kCountries[] = {"", "US", "RO", "SE", "IN", "GB"};
  const char* const country = kCountries[static_cast<unsigned char>(input.front()) % 6];
  input.remove_prefix(1);
  if (const auto salary = ParseSalaryField(input, country)) RequireSound(*salary, input);
  if (const auto salary = FindSalary(input, country)) RequireSound(*salary, input);
}
