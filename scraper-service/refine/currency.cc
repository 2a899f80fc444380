#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "scraper-service/refine/ascii.h"
#include "scraper-service/refine/money.h"

namespace jobmesh::scraper::refine {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

constexpr Pair kCurrencyNames[] = {
    {"$", "USD"},
    {"us$", "USD"},
    {"usd$", "USD"},
    {"\xE2\x82\xAC", "EUR"},
    {"\xC2\xA3", "GBP"},
    {"\xC2\xA5", "JPY"},
    {"\xE2\x82\xB9", "INR"},
    {"\xE2\x82\xBD", "RUB"},
    {"\xE2\x82\xB4", "UAH"},
    {"\xE2\x82\xAA", "ILS"},
    {"\xE2\x82\xA9", "KRW"},
    {"\xE2\x82\xBA", "TRY"},
    {"\xE2\x82\xB1", "PHP"},
    {"\xE2\x82\xAB", "VND"},
    {"\xD6\x8F", "AMD"},
    {"\xE2\x82\xBE", "GEL"},
    {"\xE2\x82\xB8", "KZT"},
    {"\xE2\x82\xA6", "NGN"},
    {"\xE0\xB8\xBF", "THB"},
    {"c$", "CAD"},
    {"ca$", "CAD"},
    {"cad$", "CAD"},
    {"cdn$", "CAD"},
    {"cdn", "CAD"},
    {"a$", "AUD"},
    {"au$", "AUD"},
    {"nz$", "NZD"},
    {"s$", "SGD"},
    {"sg$", "SGD"},
    {"hk$", "HKD"},
    {"r$", "BRL"},
    {"mx$", "MXN"},
    {"nt$", "TWD"},
    {"z\xC5\x82", "PLN"},
    {"k\xC4\x8D", "CZK"},
    {"ft", "HUF"},
    {"sfr", "CHF"},
    {"fr.", "CHF"},
    {"rs", "INR"},
    {"rs.", "INR"},
    {"dollar", "USD"},
    {"dollars", "USD"},
    {"euro", "EUR"},
    {"euros", "EUR"},
    {"pound", "GBP"},
    {"pounds", "GBP"},
    {"sterling", "GBP"},
    {"rupees", "INR"},
    {"inr", "INR"},
    {"dram", "AMD"},
    {"drams", "AMD"},
    {"amd", "AMD"},
    {"usd", "USD"},
    {"eur", "EUR"},
    {"gbp", "GBP"},
    {"cad", "CAD"},
    {"aud", "AUD"},
    {"nzd", "NZD"},
    {"chf", "CHF"},
    {"sek", "SEK"},
    {"nok", "NOK"},
    {"dkk", "DKK"},
    {"isk", "ISK"},
    {"pln", "PLN"},
    {"czk", "CZK"},
    {"huf", "HUF"},
    {"ron", "RON"},
    {"mdl", "MDL"},
    {"uah", "UAH"},
    {"rub", "RUB"},
    {"rur", "RUB"},
    {"byn", "BYN"},
    {"jpy", "JPY"},
    {"cny", "CNY"},
    {"rmb", "CNY"},
    {"krw", "KRW"},
    {"sgd", "SGD"},
    {"hkd", "HKD"},
    {"twd", "TWD"},
    {"brl", "BRL"},
    {"mxn", "MXN"},
    {"ars", "ARS"},
    {"clp", "CLP"},
    {"cop", "COP"},
    {"zar", "ZAR"},
    {"aed", "AED"},
    {"sar", "SAR"},
    {"qar", "QAR"},
    {"egp", "EGP"},
    {"ils", "ILS"},
    {"nis", "ILS"},
    {"try", "TRY"},
    {"gel", "GEL"},
    {"kzt", "KZT"},
    {"azn", "AZN"},
    {"thb", "THB"},
    {"idr", "IDR"},
    {"myr", "MYR"},
    {"vnd", "VND"},
    {"bgn", "BGN"},
    {"rsd", "RSD"},
    {"ngn", "NGN"},
    {"kes", "KES"},
    {"pkr", "PKR"},
    {"bdt", "BDT"},
    {"lkr", "LKR"},
    {"ghs", "GHS"},
    // Cyrillic: rouble, hryvnia, leu, euro, dollar and their usual forms.
    {"\xD1\x80\xD1\x83\xD0\xB1", "RUB"},
    {"\xD1\x80\xD1\x83\xD0\xB1.", "RUB"},
    {"\xD1\x80\xD1\x83\xD0\xB1\xD0\xBB\xD0\xB5\xD0\xB9", "RUB"},
    {"\xD0\xB3\xD1\x80\xD0\xBD", "UAH"},
    {"\xD0\xBB\xD0\xB5\xD0\xB9", "MDL"},
    {"\xD0\xBB\xD0\xB5\xD0\xB5\xD0\xB2", "MDL"},
    {"\xD0\xB5\xD0\xB2\xD1\x80\xD0\xBE", "EUR"},
    {"\xD0\xB4\xD0\xBE\xD0\xBB\xD0\xBB\xD0\xB0\xD1\x80\xD0\xBE\xD0\xB2", "USD"},
};

constexpr Pair kCountries[] = {
    {"AE", "AED"}, {"AM", "AMD"}, {"AR", "ARS"}, {"AT", "EUR"}, {"AU", "AUD"}, {"AZ", "AZN"},
    {"BE", "EUR"}, {"BG", "BGN"}, {"BR", "BRL"}, {"BY", "BYN"}, {"CA", "CAD"}, {"CH", "CHF"},
    {"CL", "CLP"}, {"CN", "CNY"}, {"CO", "COP"}, {"CY", "EUR"}, {"CZ", "CZK"}, {"DE", "EUR"},
    {"DK", "DKK"}, {"EE", "EUR"}, {"ES", "EUR"}, {"FI", "EUR"}, {"FR", "EUR"}, {"GB", "GBP"},
    {"GE", "GEL"}, {"GR", "EUR"}, {"HK", "HKD"}, {"HR", "EUR"}, {"HU", "HUF"}, {"IE", "EUR"},
    {"IL", "ILS"}, {"IN", "INR"}, {"IS", "ISK"}, {"IT", "EUR"}, {"JP", "JPY"}, {"KR", "KRW"},
    {"KZ", "KZT"}, {"LT", "EUR"}, {"LU", "EUR"}, {"LV", "EUR"}, {"MD", "MDL"}, {"MT", "EUR"},
    {"MX", "MXN"}, {"MY", "MYR"}, {"NL", "EUR"}, {"NO", "NOK"}, {"NZ", "NZD"}, {"PL", "PLN"},
    {"PT", "EUR"}, {"RO", "RON"}, {"RS", "RSD"}, {"RU", "RUB"}, {"SE", "SEK"}, {"SG", "SGD"},
    {"SI", "EUR"}, {"SK", "EUR"}, {"TH", "THB"}, {"TR", "TRY"}, {"TW", "TWD"}, {"UA", "UAH"},
    {"US", "USD"}, {"ZA", "ZAR"},
};

}  // namespace

std::string CurrencyCode(std::string_view text, std::string_view country) {
  const std::string word = Lowered(Trimmed(text));
  if (word == "kr" || word == "kr.") {
    if (country == "NO") return "NOK";
    if (country == "DK") return "DKK";
    return country == "SE" ? "SEK" : "";
  }
  if (word == "lei" || word == "leu") return country == "RO" ? "RON" : "MDL";
  if (word == "\xC2\xA5" && country == "CN") return "CNY";
  const auto* it = std::find_if(std::begin(kCurrencyNames), std::end(kCurrencyNames),
                                [&](const Pair& p) { return p.first == word; });
  return it == std::end(kCurrencyNames) ? std::string() : std::string(it->second);
}

std::string_view CurrencyOfCountry(std::string_view country) {
  const auto* it = std::lower_bound(std::begin(kCountries), std::end(kCountries), country,
                                    [](const Pair& p, std::string_view c) { return p.first < c; });
  return it != std::end(kCountries) && it->first == country ? it->second : std::string_view();
}

}  // namespace jobmesh::scraper::refine
