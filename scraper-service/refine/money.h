#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jobmesh::scraper::refine {

// The span of time that a pay is for.
enum class PayPeriod { kHour, kDay, kWeek, kMonth, kYear };

// HOUR DAY WEEK MONTH YEAR.
std::string_view Name(PayPeriod period);
// The reverse of Name, also "hourly", "per-year-salary", "1 YEAR", …; nullopt for what names no
// period.
std::optional<PayPeriod> ParsePeriod(std::string_view text);

// How often a period fits into a year of 52 weeks of 40 hours: 2080 260 52 12 1. Paid leave counts,
// as it does in a yearly salary.
double PeriodsPerYear(PayPeriod period);

// A number in running text together with what belongs to it.
struct Amount {
  size_t begin = 0;        // of the number or of the currency before it
  size_t end = 0;          // after the number, its multiplier and its currency
  double value = 0;        // with the multiplier applied
  bool thousands = false;  // written with k
  bool millions = false;   // written with M, million, bn, …
  bool percent = false;
  bool open_end = false;  // followed by '+'
  size_t digits = 0;      // before the decimal point
  std::string currency;   // ISO 4217; empty when none stands next to it
  bool lakhs = false;     // "12 LPA": rupees, per year
};

// Reads the amount whose first digit is at `at`. `country` (ISO 3166-1 alpha-2 or empty) settles
// symbols that several countries share: '$' elsewhere than in the US stays USD unless written "C$",
// "kr" and "lei" follow the country. nullopt when the digit belongs to a word ("Q3", "401(k)",
// "24/7").
std::optional<Amount> ReadAmount(std::string_view text, size_t at, std::string_view country);

struct PeriodWord {
  PayPeriod period;
  size_t begin;
  size_t end;
};
// The first word for a period in text[from, until), in English, Romanian, Russian, German, French
// or Spanish.
std::optional<PeriodWord> FindPeriod(std::string_view text, size_t from, size_t until);

// ISO 4217 code of a code, symbol or name; empty when unknown.
std::string CurrencyCode(std::string_view text, std::string_view country);
// The currency of a country (ISO 3166-1 alpha-2); empty when unknown.
std::string_view CurrencyOfCountry(std::string_view country);

}  // namespace jobmesh::scraper::refine
