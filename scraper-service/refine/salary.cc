#include "scraper-service/refine/salary.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "scraper-service/refine/ascii.h"
#include "scraper-service/refine/byte_bits.h"
#include "scraper-service/refine/phrase_matcher.h"

namespace jobmesh::scraper::refine {
namespace {

enum class Bound { kExact, kFrom, kUpTo };

// One or two amounts that belong together.
struct Pay {
  Amount low;
  std::optional<Amount> high;
  std::optional<PeriodWord> period;
  size_t begin = 0;
  size_t end = 0;

  bool has_currency() const { return !low.currency.empty() || (high && !high->currency.empty()); }
  double top() const { return high ? std::max(low.value, high->value) : low.value; }
};

bool EndsWithWord(std::string_view text, std::string_view word) {
  if (text.size() < word.size() || !EqualsFolded(text.substr(text.size() - word.size()), word))
    return false;
  const size_t at = text.size() - word.size();
  return at == 0 || !IsWordByte(text[at - 1]) || !IsWordByte(word[0]);
}

template <size_t N>
bool EndsWithAny(std::string_view text, const std::string_view (&words)[N]) {
  return std::any_of(std::begin(words), std::end(words),
                     [&](std::string_view w) { return EndsWithWord(text, w); });
}

Bound BoundBefore(std::string_view text, size_t begin) {
  std::string_view before = text.substr(begin > 40 ? begin - 40 : 0, std::min<size_t>(begin, 40));
  while (!before.empty() &&
         (IsSpace(before.back()) || before.back() == ':' || before.back() == '~'))
    before.remove_suffix(1);
  // Cyrillic "do" (up to) and "ot" (from) close the lists.
  static constexpr std::string_view kUpTo[] = {
      "up to",        "upto",           "to",
      "max",          "max.",           "maximum",
      "maximum of",   "under",          "bis",
      "bis zu",       "jusqu'\xC3\xA0", "p\xC3\xA2n\xC4\x83 la",
      "pana la",      "hasta",          "\xD0\xB4\xD0\xBE",
      "no more than", "capped at",      "<"};
  static constexpr std::string_view kFrom[] = {"from",
                                               "min",
                                               "min.",
                                               "minimum",
                                               "minimum of",
                                               "starting at",
                                               "starting from",
                                               "starts at",
                                               "at least",
                                               "over",
                                               "above",
                                               "ab",
                                               "de la",
                                               "desde",
                                               "\xC3\xA0 partir de",
                                               "\xD0\xBE\xD1\x82",
                                               "more than",
                                               "upwards of",
                                               ">",
                                               "starting"};
  if (EndsWithAny(before, kUpTo)) return Bound::kUpTo;
  if (EndsWithAny(before, kFrom)) return Bound::kFrom;
  return Bound::kExact;
}

// What joins the two ends of a range: "-", "to", "and" after "between", their kin, alone between
// blanks. Returns the position after it, or 0.
size_t ConnectorEnd(std::string_view text, size_t at) {
  size_t i = at;
  while (i < text.size() && text[i] == ' ') ++i;
  if (i < text.size() && (text[i] == '-' || text[i] == '~')) {
    ++i;
    while (i < text.size() && (text[i] == ' ' || text[i] == '-' || text[i] == '>')) ++i;
    return i;
  }
  static constexpr std::string_view kWords[] = {
      "to", "up to", "until",           "and", "bis", "p\xC3\xA2n\xC4\x83 la", "la", "\xC3\xA0",
      "a",  "hasta", "\xD0\xB4\xD0\xBE"};
  for (const std::string_view word : kWords) {
    if (!EqualsFolded(text.substr(i, word.size()), word)) continue;
    const size_t end = i + word.size();
    if (end < text.size() && text[end] == ' ') return end + 1;
  }
  return 0;
}

// The first digit at or after `at`, past an optional currency of at most four bytes and a blank;
// npos if text follows.
size_t DigitAt(std::string_view text, size_t at) {
  for (size_t i = at; i < text.size() && i < at + 6; ++i) {
    if (IsDigit(text[i])) return i;
    if (IsSpace(text[i]) && i > at + 4) break;
  }
  return std::string_view::npos;
}

std::optional<Amount> SecondAmount(std::string_view text, const Amount& first, size_t at,
                                   std::string_view country) {
  const size_t digit = DigitAt(text, at);
  if (digit == std::string_view::npos) return std::nullopt;
  std::optional<Amount> second = ReadAmount(text, digit, country);
  if (!second || second->percent || second->begin > digit) return std::nullopt;
  // Between connector and number only a currency may stand.
  if (!Trimmed(text.substr(at, second->begin - std::min(second->begin, at))).empty())
    return std::nullopt;
  if (!first.currency.empty() && !second->currency.empty() && first.currency != second->currency)
    return std::nullopt;
  return second;
}

// "19-21k", "30-45000", "$90K - 120": one end lends its thousands to the other.
void ShareScale(Amount& low, Amount& high) {
  if (high.lakhs && !low.lakhs && low.value < 1000) {
    low.value *= 100000;
    low.lakhs = true;
  } else if (high.thousands && !low.thousands && low.value < 1000) {
    low.value *= 1000;
    low.thousands = true;
  } else if (low.thousands && !high.thousands && high.value < 1000) {
    high.value *= 1000;
    high.thousands = true;
  } else if (!low.thousands && !high.thousands && low.value < 1000 && high.value >= 10000 &&
             low.value * 1000 <= high.value) {
    low.value *= 1000;
  }
}

// In a field words may stand between the ends: "7.46 plus enhancements to 9.25 per hour".
size_t LooseConnectorEnd(std::string_view text, size_t at) {
  constexpr size_t kReach = 28;
  for (size_t i = at; i < text.size() && i < at + kReach; ++i) {
    if (IsDigit(text[i]) || text[i] == '(' || text[i] == '&' || text[i] == ',' || text[i] == ';')
      return 0;
    if (text[i] != ' ') continue;
    if (const size_t end = ConnectorEnd(text, i);
        end != 0 && (text[i + 1] == 't' || text[i + 1] == 'T' || text[i + 1] == '-'))
      return end;
  }
  return 0;
}

std::optional<Pay> ReadPay(std::string_view text, size_t digit, std::string_view country,
                           bool field) {
  std::optional<Amount> first = ReadAmount(text, digit, country);
  if (!first) return std::nullopt;
  Pay pay;
  pay.low = *first;
  pay.begin = first->begin;
  pay.end = first->end;
  // The period may stand between: "16.00ph to 22.00ph".
  size_t after = first->end;
  if (const auto word = FindPeriod(text, after, after + 12); word && word->begin <= after + 2) {
    pay.period = *word;
    after = word->end;
    while (after < text.size() && text[after] == '.') ++after;
    pay.end = after;
  }
  size_t next = ConnectorEnd(text, after);
  if (next == 0 && field) next = LooseConnectorEnd(text, after);
  if (next != 0) {
    if (std::optional<Amount> second = SecondAmount(text, pay.low, next, country)) {
      pay.high = std::move(second);
      pay.end = pay.high->end;
      ShareScale(pay.low, *pay.high);
    }
  }
  if (!pay.period) {
    const size_t reach = field ? 40 : 24;
    pay.period = FindPeriod(text, pay.end, pay.end + reach);
    if (pay.period) {
      // A period belongs to the amount only if no other number stands between.
      for (size_t i = pay.end; i < pay.period->begin; ++i) {
        if (IsDigit(text[i]) || (!field && text[i] == '\n')) {
          pay.period.reset();
          break;
        }
      }
    }
  } else if (pay.high) {
    // "per hour to 22 per hour": the second statement belongs to the range.
    if (const auto word = FindPeriod(text, pay.end, pay.end + 12);
        word && word->begin <= pay.end + 2)
      pay.end = word->end;
  }
  return pay;
}

double Cents(double value) { return std::round(value * 100) / 100; }

void Annualise(Salary& salary) {
  if (!salary.period) return;
  const double times = PeriodsPerYear(*salary.period);
  if (salary.min) salary.annual_min = Cents(*salary.min * times);
  if (salary.max) salary.annual_max = Cents(*salary.max * times);
}

// What the size of an amount says of its period, for currencies of the dollar's order. Between the
// clear sizes nothing.
std::optional<PayPeriod> PeriodBySize(double value, std::string_view currency) {
  static constexpr std::string_view kMonthly[] = {"MDL", "RON", "UAH", "RUB", "BYN",
                                                  "AMD", "GEL", "KZT", "RSD"};
  const bool monthly_habit =
      std::find(std::begin(kMonthly), std::end(kMonthly), currency) != std::end(kMonthly);
  if (monthly_habit) return value >= 1000 ? std::optional(PayPeriod::kMonth) : std::nullopt;
  if (value >= 10000) return PayPeriod::kYear;
  if (value >= 4 && value < 100) return PayPeriod::kHour;
  return std::nullopt;
}

Salary ToSalary(std::string_view text, const Pay& pay, std::string_view country) {
  Salary salary;
  const Bound bound = BoundBefore(text, pay.begin);
  salary.range = {pay.begin, pay.period ? std::max(pay.end, pay.period->end) : pay.end};
  if (pay.high) {
    const auto [low, high] = std::minmax(pay.low.value, pay.high->value);
    salary.min = low;
    salary.max = high;
  } else if (bound == Bound::kUpTo) {
    salary.max = pay.low.value;
  } else {
    salary.min = pay.low.value;
    if (bound == Bound::kExact && !pay.low.open_end) salary.max = pay.low.value;
  }
  salary.currency = !pay.low.currency.empty() ? pay.low.currency
                    : pay.high                ? pay.high->currency
                                              : "";
  if (salary.currency.empty()) {
    salary.currency = std::string(CurrencyOfCountry(country));
    salary.currency_inferred = !salary.currency.empty();
  }
  if (pay.period) {
    salary.period = pay.period->period;
  } else if (pay.low.lakhs || (pay.high && pay.high->lakhs)) {
    salary.period = PayPeriod::kYear;
  } else {
    salary.period = PeriodBySize(pay.top(), salary.currency);
    salary.period_inferred = salary.period.has_value();
  }
  Annualise(salary);
  return salary;
}

enum class Cue : uint32_t { kPay, kNotPay, kNotPayAfter };

struct CuePhrase {
  std::string_view text;
  Cue cue;
};

constexpr CuePhrase kCues[] = {
    {"salary", Cue::kPay},
    {"salaries", Cue::kPay},
    {"compensation", Cue::kPay},
    {"comp", Cue::kPay},
    {"pay", Cue::kPay},
    {"pay range", Cue::kPay},
    {"pays", Cue::kPay},
    {"base", Cue::kPay},
    {"rate", Cue::kPay},
    {"wage", Cue::kPay},
    {"wages", Cue::kPay},
    {"remuneration", Cue::kPay},
    {"earn", Cue::kPay},
    {"earnings", Cue::kPay},
    {"OTE", Cue::kPay},
    {"stipend", Cue::kPay},
    {"salariu", Cue::kPay},
    {"salariul", Cue::kPay},
    {"Gehalt", Cue::kPay},
    {"salaire", Cue::kPay},
    {"salario", Cue::kPay},
    {"package", Cue::kPay},
    {"TC", Cue::kPay},
    {"range", Cue::kPay},
    {"\xD0\xB7\xD0\xB0\xD1\x80\xD0\xBF\xD0\xBB\xD0\xB0\xD1\x82\xD0\xB0", Cue::kPay},
    {"\xD0\x97\xD0\xB0\xD1\x80\xD0\xBF\xD0\xBB\xD0\xB0\xD1\x82\xD0\xB0", Cue::kPay},
    {"\xD0\xB7\xD0\xBF", Cue::kPay},
    {"raised", Cue::kNotPay},
    {"raise", Cue::kNotPay},
    {"raising", Cue::kNotPay},
    {"funding", Cue::kNotPay},
    {"funded", Cue::kNotPay},
    {"series", Cue::kNotPay},
    {"seed", Cue::kNotPay},
    {"revenue", Cue::kNotPay},
    {"ARR", Cue::kNotPay},
    {"MRR", Cue::kNotPay},
    {"GMV", Cue::kNotPay},
    {"valuation", Cue::kNotPay},
    {"valued", Cue::kNotPay},
    {"grant", Cue::kNotPay},
    {"bonus", Cue::kNotPay},
    {"bonuses", Cue::kNotPay},
    {"referral", Cue::kNotPay},
    {"budget", Cue::kNotPay},
    {"budgets", Cue::kNotPay},
    {"customers", Cue::kNotPay},
    {"users", Cue::kNotPay},
    {"saved", Cue::kNotPay},
    {"savings", Cue::kNotPay},
    {"assets", Cue::kNotPay},
    {"AUM", Cue::kNotPay},
    {"transactions", Cue::kNotPay},
    {"processed", Cue::kNotPay},
    {"processing", Cue::kNotPay},
    {"worth", Cue::kNotPay},
    {"prize", Cue::kNotPay},
    {"donated", Cue::kNotPay},
    {"invested", Cue::kNotPay},
    {"investment", Cue::kNotPay},
    {"profit", Cue::kNotPay},
    {"sales of", Cue::kNotPay},
    {"allowance", Cue::kNotPay},
    {"reimbursement", Cue::kNotPay},
    {"equity", Cue::kNotPay},
    {"price", Cue::kNotPay},
    {"priced", Cue::kNotPay},
    {"cost", Cue::kNotPay},
    {"costs", Cue::kNotPay},
    {"costing", Cue::kNotPay},
    {"spend", Cue::kNotPay},
    {"spending", Cue::kNotPay},
    {"quota", Cue::kNotPay},
    {"portfolio", Cue::kNotPay},
    {"deal", Cue::kNotPay},
    {"deals", Cue::kNotPay},
    {"loan", Cue::kNotPay},
    {"loans", Cue::kNotPay},
    {"insurance", Cue::kNotPay},
    {"coverage", Cue::kNotPay},
    {"fee", Cue::kNotPay},
    {"fees", Cue::kNotPay},
    {"credit", Cue::kNotPay},
    {"credits", Cue::kNotPay},
    {"contribution", Cue::kNotPay},
    {"deductible", Cue::kNotPay},
    {"match", Cue::kNotPay},
    {"sign-on", Cue::kNotPay},
    {"signing", Cue::kNotPay},
    {"turnover", Cue::kNotPay},
    {"volume", Cue::kNotPay},
    {"fine", Cue::kNotPay},
    {"contracts", Cue::kNotPay},
    {"projects", Cue::kNotPay},
    {"purchase", Cue::kNotPay},
    {"learning", Cue::kNotPay},
    {"reward", Cue::kNotPay},
    {"market", Cue::kNotPay},
    {"backed", Cue::kNotPay},
    {"bounty", Cue::kNotPay},
    {"per user", Cue::kNotPay},
    {"award", Cue::kNotPay},
    {"round", Cue::kNotPayAfter},
    {"million", Cue::kNotPayAfter},
    {"billion", Cue::kNotPayAfter},
    {"in sales", Cue::kNotPayAfter},
    {"companies", Cue::kNotPayAfter},
    {"business", Cue::kNotPayAfter},
    {"clients", Cue::kNotPayAfter},
    {"employees", Cue::kNotPayAfter},
    {"people", Cue::kNotPayAfter},
    {"lines of", Cue::kNotPayAfter},
    {"stars", Cue::kNotPayAfter},
    {"downloads", Cue::kNotPayAfter},
    {"members", Cue::kNotPayAfter},
    {"requests", Cue::kNotPayAfter},
    {"stipend", Cue::kNotPayAfter},
    {"towards", Cue::kNotPayAfter},
    {"toward", Cue::kNotPayAfter},
};

const PhraseMatcher& CueMatcher() {
  static const auto* const kMatcher = new PhraseMatcher(MatcherOf(kCues));
  return *kMatcher;
}

struct Surroundings {
  bool introduced = false;        // a word of pay shortly before
  bool introduced_tight = false;  // "salary: 90k", "pay is 90k"
  bool contradicted = false;      // a word of other money closer than any word of pay
  bool alone = false;             // fills its line or its segment between '|'
};

Surroundings Around(std::string_view text, const Pay& pay) {
  Surroundings s;
  size_t low = pay.begin > 70 ? pay.begin - 70 : 0;
  // A sentence or line of its own is no neighbour.
  for (size_t i = pay.begin; i-- > low;) {
    const bool sentence = text[i] == '.' && i + 1 < text.size() && text[i + 1] == ' ' && i > 0 &&
                          IsLower(text[i - 1]);
    if (text[i] == '\n' || text[i] == '|' || sentence) {
      low = i + 1;
      break;
    }
  }
  const std::string_view before = text.substr(low, pay.begin - low);
  size_t pay_at = 0, other_at = 0;  // ends, relative to `before`, plus one
  CueMatcher().ForEach(before, [&](uint32_t id, size_t begin, size_t end) {
    if (!IsWholeWord(before, begin, end)) return;
    if (kCues[id].cue == Cue::kPay) pay_at = end + 1;
    if (kCues[id].cue == Cue::kNotPay) other_at = end + 1;
  });
  s.introduced = pay_at != 0;
  s.introduced_tight = pay_at != 0 && before.size() + 1 - pay_at <= 16;
  s.contradicted = other_at > pay_at;
  size_t high = std::min(text.size(), pay.end + 36);
  for (size_t i = pay.end; i < high; ++i) {
    const bool sentence = (text[i] == '.' || text[i] == ',' || text[i] == '+' || text[i] == ';') &&
                          i + 1 < text.size() && IsSpace(text[i + 1]);
    if (text[i] == '\n' || text[i] == '|' || sentence) {
      high = i;
      break;
    }
  }
  const std::string_view behind = text.substr(pay.end, high - pay.end);
  CueMatcher().ForEach(behind, [&](uint32_t id, size_t begin, size_t end) {
    if (!IsWholeWord(behind, begin, end) || kCues[id].cue == Cue::kPay) return;
    // "$150k plus bonus", "$80k + equity", "$120K base and equity": other money that comes on top.
    const std::string_view gap = behind.substr(0, begin);
    for (const std::string_view joint : {"+", "&", "plus", "and", "with", ",", "base", "("}) {
      if (gap.find(joint) != gap.npos) return;
    }
    s.contradicted = true;
  });
  const bool left = Trimmed(before).empty() || before.find_first_not_of(" -*:") == before.npos;
  const bool right = Trimmed(behind).empty() || behind.find_first_not_of(" +*.,") == behind.npos;
  s.alone = left && right && low > 0 && text[low - 1] == '|';
  return s;
}

// A pay that a person could be paid. Currencies other than the dollar's order are only checked
// upwards loosely.
bool IsPlausible(const Salary& salary) {
  const double low = salary.min.value_or(*salary.max);
  const double high = salary.max.value_or(low);
  if (low <= 0 || high > low * 8) return false;
  if (!salary.period) return false;
  const double annual = high * PeriodsPerYear(*salary.period);
  static constexpr std::string_view kLarge[] = {"USD", "EUR", "GBP", "CHF",
                                                "CAD", "AUD", "NZD", "SGD"};
  const bool large =
      std::find(std::begin(kLarge), std::end(kLarge), salary.currency) != std::end(kLarge);
  return large ? annual >= 4000 && annual <= 1'500'000 : annual >= 4000 && annual <= 1e9;
}

bool IsAcceptable(std::string_view text, const Pay& pay) {
  if (pay.low.millions || pay.low.percent ||
      (pay.high && (pay.high->millions || pay.high->percent)))
    return false;
  const bool thousands = pay.low.thousands || (pay.high && pay.high->thousands);
  const bool lakhs = pay.low.lakhs || (pay.high && pay.high->lakhs);
  const bool sized = thousands || lakhs || pay.top() >= 10000;
  // Bare numbers: only right behind their introduction.
  const bool bare = !pay.has_currency() && !lakhs;
  if (bare && (!sized || pay.top() > 1'000'000 ||
               !(thousands || pay.high.has_value() || pay.period.has_value())))
    return false;
  const Surroundings around = Around(text, pay);
  if (around.contradicted) return false;
  if (bare) return around.introduced_tight;
  if (!pay.has_currency()) return true;
  if (pay.period)
    return around.introduced || pay.high.has_value() || sized || pay.period->begin <= pay.end + 2;
  if (!sized) return around.introduced && pay.high.has_value() && pay.top() < 1000;
  return pay.high.has_value() || around.introduced || around.alone;
}

}  // namespace

std::optional<Salary> ParseSalaryField(std::string_view text, std::string_view country) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (!IsDigit(text[i])) continue;
    const std::optional<Pay> pay = ReadPay(text, i, country, true);
    const bool usable = pay && !pay->low.percent && pay->low.value > 0 && !pay->low.millions;
    if (usable) return ToSalary(text, *pay, country);
    while (i + 1 < text.size() && IsDigit(text[i + 1])) ++i;
  }
  return std::nullopt;
}

std::optional<Salary> FindSalary(std::string_view text, std::string_view country) {
  const ByteBits digits(text, [](const ByteBlock& block) {
    return block.Where([](Bytes bytes) { return bytes.IsDigit(); });
  });
  for (size_t i = digits.Next(0); i < text.size(); i = digits.Next(i + 1)) {
    size_t next = i + 1;
    while (next < text.size() &&
           (IsDigit(text[next]) || ((text[next] == ',' || text[next] == '.') &&
                                    next + 1 < text.size() && IsDigit(text[next + 1]))))
      ++next;
    // Most numbers are years, counts, telephone numbers: without two digits or a decimal none is a
    // pay.
    const std::optional<Pay> pay = next - i >= 2 ? ReadPay(text, i, country, false) : std::nullopt;
    if (pay && IsAcceptable(text, *pay)) {
      Salary salary = ToSalary(text, *pay, country);
      if (IsPlausible(salary)) return salary;
    }
    i = next - 1;
  }
  return std::nullopt;
}

std::optional<Salary> SalaryFromNumbers(std::optional<double> min, std::optional<double> max,
                                        std::string_view currency, std::string_view period,
                                        std::string_view country) {
  const auto stated = [](std::optional<double> value) {
    return value && *value > 0 && std::isfinite(*value) ? value : std::nullopt;
  };
  Salary salary;
  salary.min = stated(min);
  salary.max = stated(max);
  if (!salary.min && !salary.max) return std::nullopt;
  if (salary.min && salary.max && *salary.min > *salary.max) std::swap(salary.min, salary.max);
  salary.currency = CurrencyCode(currency, country);
  if (salary.currency.empty()) {
    salary.currency = std::string(CurrencyOfCountry(country));
    salary.currency_inferred = !salary.currency.empty();
  }
  salary.period = ParsePeriod(period);
  if (!salary.period) {
    salary.period = PeriodBySize(salary.max.value_or(*salary.min), salary.currency);
    salary.period_inferred = salary.period.has_value();
  }
  Annualise(salary);
  return salary;
}

}  // namespace jobmesh::scraper::refine
