#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "scraper-service/refine/fact.h"
#include "scraper-service/refine/money.h"

namespace jobmesh::scraper::refine {

// A pay as stated, and per year.
struct Salary {
  // As stated, in `currency` per `period`; nullopt = open end. At least one is set.
  std::optional<double> min;
  std::optional<double> max;
  // ISO 4217; empty when neither stated nor clear from the country.
  std::string currency;
  std::optional<PayPeriod> period;
  // True when the text names no period and the size of the amount told it.
  bool period_inferred = false;
  bool currency_inferred = false;
  // Per working year (money.h), rounded to cents; nullopt where the end is open or the period
  // unknown.
  std::optional<double> annual_min;
  std::optional<double> annual_max;
  // Where it stands in the text it was read from.
  Range range;
};

// Reads a source's salary field: whatever amount comes first is the pay, as the field holds nothing
// else. `country` (ISO 3166-1 alpha-2 or empty) gives the currency where none is written. nullopt
// when it states no amount.
std::optional<Salary> ParseSalaryField(std::string_view text, std::string_view country);

// Finds a pay in running text. Conservative: an amount counts only with a currency or an
// introduction such as "salary:", and not next to words of funding, revenue, prices, bonuses or
// equity. nullopt when none is stated. Linear in the text.
std::optional<Salary> FindSalary(std::string_view text, std::string_view country);

// A pay that a source states as numbers; zero means "not stated", as sources use it. nullopt when
// nothing is left.
std::optional<Salary> SalaryFromNumbers(std::optional<double> min, std::optional<double> max,
                                        std::string_view currency, std::string_view period,
                                        std::string_view country);

}  // namespace jobmesh::scraper::refine
