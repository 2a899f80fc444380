#include "scraper-service/refine/money.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "scraper-service/refine/ascii.h"
#include "scraper-service/refine/phrase_matcher.h"

namespace jobmesh::scraper::refine {
namespace {

struct PeriodPhrase {
  std::string_view text;
  PayPeriod period;
};

constexpr PeriodPhrase kPeriods[] = {
    {"per hour", PayPeriod::kHour},
    {"an hour", PayPeriod::kHour},
    {"/hour", PayPeriod::kHour},
    {"/ hour", PayPeriod::kHour},
    {"/hr", PayPeriod::kHour},
    {"/ hr", PayPeriod::kHour},
    {"/h", PayPeriod::kHour},
    {"p/h", PayPeriod::kHour},
    {"p/hr", PayPeriod::kHour},
    {"p.h", PayPeriod::kHour},
    {"p.hr", PayPeriod::kHour},
    {"ph", PayPeriod::kHour},
    {"per hr", PayPeriod::kHour},
    {"hourly", PayPeriod::kHour},
    {"phr", PayPeriod::kHour},
    {"pro Stunde", PayPeriod::kHour},
    {"/Stunde", PayPeriod::kHour},
    {"par heure", PayPeriod::kHour},
    {"pe or\xC4\x83", PayPeriod::kHour},
    {"\xD0\xB2 \xD1\x87\xD0\xB0\xD1\x81", PayPeriod::kHour},
    {"per day", PayPeriod::kDay},
    {"a day", PayPeriod::kDay},
    {"/day", PayPeriod::kDay},
    {"/ day", PayPeriod::kDay},
    {"/d", PayPeriod::kDay},
    {"p/d", PayPeriod::kDay},
    {"p.d", PayPeriod::kDay},
    {"pd", PayPeriod::kDay},
    {"daily", PayPeriod::kDay},
    {"day rate", PayPeriod::kDay},
    {"per diem", PayPeriod::kDay},
    {"pro Tag", PayPeriod::kDay},
    {"par jour", PayPeriod::kDay},
    {"pe zi", PayPeriod::kDay},
    {"per week", PayPeriod::kWeek},
    {"a week", PayPeriod::kWeek},
    {"/week", PayPeriod::kWeek},
    {"/ week", PayPeriod::kWeek},
    {"/wk", PayPeriod::kWeek},
    {"p/w", PayPeriod::kWeek},
    {"p.w", PayPeriod::kWeek},
    {"pw", PayPeriod::kWeek},
    {"weekly", PayPeriod::kWeek},
    {"per wk", PayPeriod::kWeek},
    {"pro Woche", PayPeriod::kWeek},
    {"per month", PayPeriod::kMonth},
    {"a month", PayPeriod::kMonth},
    {"/month", PayPeriod::kMonth},
    {"/ month", PayPeriod::kMonth},
    {"/mo", PayPeriod::kMonth},
    {"/mth", PayPeriod::kMonth},
    {"monthly", PayPeriod::kMonth},
    {"pcm", PayPeriod::kMonth},
    {"pm", PayPeriod::kMonth},
    {"/lun\xC4\x83", PayPeriod::kMonth},
    {"pe lun\xC4\x83", PayPeriod::kMonth},
    {"lunar", PayPeriod::kMonth},
    {"/luna", PayPeriod::kMonth},
    {"pe luna", PayPeriod::kMonth},
    {"pro Monat", PayPeriod::kMonth},
    {"/Monat", PayPeriod::kMonth},
    {"monatlich", PayPeriod::kMonth},
    {"par mois", PayPeriod::kMonth},
    {"/mois", PayPeriod::kMonth},
    {"al mes", PayPeriod::kMonth},
    {"mensual", PayPeriod::kMonth},
    {"\xD0\xB2 \xD0\xBC\xD0\xB5\xD1\x81\xD1\x8F\xD1\x86", PayPeriod::kMonth},
    {"/\xD0\xBC\xD0\xB5\xD1\x81", PayPeriod::kMonth},
    {"per year", PayPeriod::kYear},
    {"a year", PayPeriod::kYear},
    {"/year", PayPeriod::kYear},
    {"/ year", PayPeriod::kYear},
    {"/yr", PayPeriod::kYear},
    {"/ yr", PayPeriod::kYear},
    {"/y", PayPeriod::kYear},
    {"per yr", PayPeriod::kYear},
    {"per annum", PayPeriod::kYear},
    {"/annum", PayPeriod::kYear},
    {"/ annum", PayPeriod::kYear},
    {"annum", PayPeriod::kYear},
    {"p.a", PayPeriod::kYear},
    {"pa", PayPeriod::kYear},
    {"p/a", PayPeriod::kYear},
    {"/pa", PayPeriod::kYear},
    {"annually", PayPeriod::kYear},
    {"annual", PayPeriod::kYear},
    {"yearly", PayPeriod::kYear},
    {"annualized", PayPeriod::kYear},
    {"pro Jahr", PayPeriod::kYear},
    {"/Jahr", PayPeriod::kYear},
    {"brutto/Jahr", PayPeriod::kYear},
    {"par an", PayPeriod::kYear},
    {"/an", PayPeriod::kYear},
    {"pe an", PayPeriod::kYear},
    {"al a\xC3\xB1o", PayPeriod::kYear},
    {"\xD0\xB2 \xD0\xB3\xD0\xBE\xD0\xB4", PayPeriod::kYear},
};

const PhraseMatcher& PeriodMatcher() {
  static const auto* const kMatcher = new PhraseMatcher(MatcherOf(kPeriods));
  return *kMatcher;
}

// Length in bytes of the character at text[i].
size_t CharLength(std::string_view text, size_t i) {
  size_t n = 1;
  while (i + n < text.size() && (static_cast<unsigned char>(text[i + n]) & 0xC0) == 0x80) ++n;
  return n;
}

// The currency that ends right before `at`, with at most one blank between; begin of it in `begin`.
std::string CurrencyBefore(std::string_view text, size_t at, std::string_view country,
                           size_t& begin) {
  size_t end = at;
  if (end > 0 && text[end - 1] == ' ') --end;
  size_t start = end;
  // A word of at most four letters, possibly with '$' behind it, or one symbol.
  if (start > 0 && (static_cast<unsigned char>(text[start - 1]) >= 0x80)) {
    while (start > 0 && (static_cast<unsigned char>(text[start - 1]) & 0xC0) == 0x80) --start;
    if (start > 0) --start;
    std::string code = CurrencyCode(text.substr(start, end - start), country);
    if (!code.empty()) begin = start;
    return code;
  }
  if (start > 0 && text[start - 1] == '$') --start;
  if (start > 0 && text[start - 1] == '.' && start > 1 && IsAlpha(text[start - 2])) --start;
  const size_t symbol = start;
  while (start > 0 && IsAlpha(text[start - 1]) && symbol - start < 5) --start;
  if (start > 0 && IsWordByte(text[start - 1])) start = symbol;
  for (const size_t from : {start, symbol}) {
    if (from == end) continue;
    const std::string_view word = text.substr(from, end - from);
    // "try 3", "ft 5": a lower-case code before a number is a word.
    if (IsLower(word[0]) && word.size() == 3 && word.back() != '$' && word != "usd" &&
        word != "eur" && word != "gbp")
      continue;
    std::string code = CurrencyCode(word, country);
    if (code.empty() || word.size() > 4) continue;
    begin = from;
    return code;
  }
  return {};
}

std::string CurrencyAfter(std::string_view text, size_t at, std::string_view country, size_t& end) {
  size_t start = at;
  if (start < text.size() && text[start] == ' ') ++start;
  if (start >= text.size()) return {};
  size_t stop = start;
  if (text[start] == '$') {
    // "80k $" has the sign behind; in "80 $90" it belongs to what follows.
    const bool followed = start + 1 < text.size() && IsDigit(text[start + 1]);
    if (followed) return {};
    end = start + 1;
    return "USD";
  }
  while (stop < text.size() &&
         (IsAlpha(text[stop]) || static_cast<unsigned char>(text[stop]) >= 0x80) &&
         stop - start < 24) {
    stop += CharLength(text, stop);
    // A symbol stands alone: "60.000\u20AC brutto", "\u20AC70k".
    if (static_cast<unsigned char>(text[start]) >= 0xE0 && stop - start == 3) break;
  }
  if (stop < text.size() && IsDigit(text[stop]) && static_cast<unsigned char>(text[start]) >= 0x80)
    return {};
  const std::string_view word = text.substr(start, stop - start);
  if (word.empty() || word == "try" || word == "ft" || word == "Rs") return {};
  std::string code = CurrencyCode(word, country);
  if (!code.empty()) end = stop;
  return code;
}

struct Number {
  double value = 0;
  size_t end = 0;
  size_t digits = 0;
};

// Digits with separators of thousands (',', '.', '\'' or a blank, always three digits) and decimals
// (one or two).
Number ReadNumber(std::string_view text, size_t at) {
  Number n;
  size_t i = at;
  const auto group_of_three = [&](size_t p) {
    return p + 3 < text.size() + 0 && IsDigit(text[p + 1]) && IsDigit(text[p + 2]) &&
           IsDigit(text[p + 3]) && (p + 4 >= text.size() || !IsDigit(text[p + 4]));
  };
  while (i < text.size() && IsDigit(text[i]) && n.digits < 12) {
    n.value = n.value * 10 + (text[i] - '0');
    ++n.digits;
    ++i;
  }
  char separator = '\0';
  while (n.digits <= 12 && i < text.size() && n.value > 0 && (separator != '\0' || n.digits <= 3)) {
    const char c = text[i];
    if (c != ',' && c != '.' && c != '\'' && c != ' ') break;
    if ((separator != '\0' && c != separator) || !group_of_three(i)) break;
    separator = c;
    for (size_t k = 1; k <= 3; ++k) n.value = n.value * 10 + (text[i + k] - '0');
    n.digits += 3;
    i += 4;
  }
  if (i + 1 < text.size() && (text[i] == '.' || text[i] == ',') && text[i] != separator &&
      IsDigit(text[i + 1])) {
    double scale = 0.1;
    size_t k = i + 1;
    double fraction = 0;
    while (k < text.size() && IsDigit(text[k]) && k - i <= 4) {
      fraction += (text[k] - '0') * scale;
      scale /= 10;
      ++k;
    }
    n.value += fraction;
    i = k;
  }
  n.end = i;
  return n;
}

}  // namespace

std::string_view Name(PayPeriod period) {
  static constexpr std::array<std::string_view, 5> kNames = {"HOUR", "DAY", "WEEK", "MONTH",
                                                             "YEAR"};
  return kNames[static_cast<size_t>(period)];
}

double PeriodsPerYear(PayPeriod period) {
  static constexpr std::array<double, 5> kTimes = {2080, 260, 52, 12, 1};
  return kTimes[static_cast<size_t>(period)];
}

std::optional<PayPeriod> ParsePeriod(std::string_view text) {
  const std::string word = Lowered(text);
  const auto has = [&](std::string_view part) { return word.find(part) != word.npos; };
  if (has("hour")) return PayPeriod::kHour;
  if (has("day") || has("daily")) return PayPeriod::kDay;
  if (has("week")) return PayPeriod::kWeek;
  if (has("month")) return PayPeriod::kMonth;
  if (has("year") || has("annu")) return PayPeriod::kYear;
  return std::nullopt;
}

std::optional<PeriodWord> FindPeriod(std::string_view text, size_t from, size_t until) {
  until = std::min(until, text.size());
  if (from >= until) return std::nullopt;
  std::optional<PeriodWord> best;
  // One byte more on the left, so that the boundary can be seen.
  PeriodMatcher().ForEach(
      text.substr(from, until - from), [&](uint32_t id, size_t begin, size_t end) {
        begin += from;
        end += from;
        // "8ph", "25k pa": a number may touch the word, letters may not.
        const bool left = begin == 0 || !IsWordByte(text[begin]) || !IsWordByte(text[begin - 1]) ||
                          IsDigit(text[begin - 1]);
        const bool right = end >= text.size() || !IsWordByte(text[end]);
        if (!left || !right) return;
        // "6 pm" and "2 pm" are times of day.
        if (kPeriods[id].text == "pm" && begin > 1 &&
            IsDigit(text[begin - (text[begin - 1] == ' ' ? 2 : 1)]))
          return;
        if (!best || begin < best->begin || (begin == best->begin && end > best->end)) {
          best = PeriodWord{kPeriods[id].period, begin, end};
        }
      });
  return best;
}

std::optional<Amount> ReadAmount(std::string_view text, size_t at, std::string_view country) {
  Amount amount;
  if (at > 0) {
    const char before = text[at - 1];
    if (IsDigit(before)) return std::nullopt;
    if ((before == '.' || before == ',') && at > 1 && IsDigit(text[at - 2])) return std::nullopt;
  }
  amount.begin = at;
  amount.currency = CurrencyBefore(text, at, country, amount.begin);
  // "Q3", "ES6"; "c25k" and "C25,000" are circa.
  if (amount.currency.empty() && at > 0 && IsWordByte(text[at - 1])) {
    const bool circa =
        (text[at - 1] == 'c' || text[at - 1] == 'C') && (at < 2 || !IsWordByte(text[at - 2]));
    if (!circa) return std::nullopt;
  }
  const Number number = ReadNumber(text, at);
  amount.value = number.value;
  amount.digits = number.digits;
  size_t i = number.end;
  const auto peek = [&](size_t k) { return k < text.size() ? text[k] : '\0'; };
  if (peek(i) == '%' || (peek(i) == ' ' && peek(i + 1) == '%')) {
    amount.percent = true;
    amount.end = i + 1;
    return amount;
  }
  size_t m = peek(i) == ' ' ? i + 1 : i;
  size_t word_end = m;
  while (word_end < text.size() && IsAlpha(text[word_end])) ++word_end;
  const std::string lowered = Lowered(text.substr(m, std::min<size_t>(word_end - m, 10)));
  const std::string_view unit = lowered;
  if (unit == "k" || unit == "kusd" || unit == "keur" || (unit == "ke" && m == i)) {
    // "401k" and "401(k)" are a pension plan.
    if (number.value == 401) return std::nullopt;
    amount.thousands = true;
    amount.value *= 1000;
    i = unit == "k" ? word_end : m + 1;
  } else if (unit == "m" || unit == "mm" || unit == "mn" || unit == "mil" || unit == "mio" ||
             unit == "million" || unit == "millions" || unit == "b" || unit == "bn" ||
             unit == "billion" || unit == "t" || unit == "tn" || unit == "trillion") {
    amount.millions = true;
    i = word_end;
  } else if (unit == "lpa" || unit == "lakh" || unit == "lakhs" || unit == "lacs") {
    amount.lakhs = true;
    amount.value *= 100000;
    if (amount.currency.empty()) amount.currency = "INR";
    i = word_end;
  } else if (m == i && !unit.empty() && unit.size() <= 2 &&
             (unit == "st" || unit == "nd" || unit == "rd" || unit == "th" || unit == "x")) {
    return std::nullopt;
  }
  if (number.value == 401 && peek(i) == '(') return std::nullopt;
  if (peek(i) == '+') {
    amount.open_end = true;
    ++i;
  }
  amount.end = i;
  if (amount.currency.empty()) amount.currency = CurrencyAfter(text, i, country, amount.end);
  if (!amount.open_end && peek(amount.end) == '+') {
    const char next = peek(amount.end + 1);
    if (!IsDigit(next)) amount.open_end = true;
  }
  return amount;
}

}  // namespace jobmesh::scraper::refine
