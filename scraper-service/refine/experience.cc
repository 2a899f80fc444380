#include "scraper-service/refine/experience.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "scraper-service/refine/ascii.h"
#include "scraper-service/refine/phrase_matcher.h"

namespace jobmesh::scraper::refine {
namespace {

enum class Unit : uint32_t { kYears, kYear, kMonths, kYearsOnly };

struct UnitWord {
  std::string_view text;
  Unit unit;
};

constexpr UnitWord kUnits[] = {
    {"years", Unit::kYears},
    {"year", Unit::kYear},
    {"yrs", Unit::kYears},
    {"yr", Unit::kYear},
    {"YOE", Unit::kYearsOnly},
    {"months", Unit::kMonths},
    {"month", Unit::kMonths},
    {"Jahre", Unit::kYears},
    {"Jahren", Unit::kYears},
    {"ans", Unit::kYears},
    {"a\xC3\xB1os", Unit::kYears},
    {"ani", Unit::kYears},
    {"luni", Unit::kMonths},
    {"\xD0\xBB\xD0\xB5\xD1\x82", Unit::kYears},
    {"\xD0\xB3\xD0\xBE\xD0\xB4\xD0\xB0", Unit::kYears},
    {"\xD1\x80\xD0\xBE\xD0\xBA\xD1\x96\xD0\xB2", Unit::kYears},
    {"\xD1\x80\xD0\xBE\xD0\xBA\xD0\xB8", Unit::kYears},
};

const PhraseMatcher& UnitMatcher() {
  static const auto* const kMatcher = new PhraseMatcher(MatcherOf(kUnits));
  return *kMatcher;
}

// Number words as postings use them.
std::optional<double> NumberWord(std::string_view word) {
  static constexpr std::array<std::string_view, 16> kWords = {
      "zero",  "one",  "two", "three",  "four",   "five",     "six",      "seven",
      "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen"};
  const std::string lower = Lowered(word);
  for (size_t i = 0; i < kWords.size(); ++i) {
    if (lower == kWords[i]) return static_cast<double>(i);
  }
  return std::nullopt;
}

struct Back {
  double value;
  size_t begin;
};

// Reads the number that ends at `end`, in digits or as a word.
std::optional<Back> NumberBefore(std::string_view text, size_t end) {
  size_t i = end;
  while (i > 0 &&
         (IsDigit(text[i - 1]) || (text[i - 1] == '.' && i < end && i > 1 && IsDigit(text[i - 2]))))
    --i;
  if (i < end) {
    if (i > 0 &&
        (IsAlpha(text[i - 1]) || text[i - 1] == '$' || text[i - 1] == ',' || text[i - 1] == '/')) {
      // "yrs,3 years" has a comma before the number, "1,200 years" a digit before that.
      if (text[i - 1] != ',' || (i > 1 && IsDigit(text[i - 2]))) return std::nullopt;
    }
    if (end - i > 4) return std::nullopt;
    double value = 0, scale = 0;
    for (size_t k = i; k < end; ++k) {
      if (text[k] == '.') {
        scale = 1;
      } else if (scale > 0) {
        value += (text[k] - '0') * (scale /= 10);
      } else {
        value = value * 10 + (text[k] - '0');
      }
    }
    return Back{value, i};
  }
  while (i > 0 && IsAlpha(text[i - 1]) && end - i < 9) --i;
  if (i == end || (i > 0 && IsWordByte(text[i - 1]))) return std::nullopt;
  const std::optional<double> value = NumberWord(text.substr(i, end - i));
  if (!value) return std::nullopt;
  return Back{*value, i};
}

size_t SkipBlanksBack(std::string_view text, size_t at) {
  while (at > 0 && text[at - 1] == ' ') --at;
  return at;
}

bool EndsWithFolded(std::string_view text, std::string_view tail) {
  return text.size() >= tail.size() && EqualsFolded(text.substr(text.size() - tail.size()), tail);
}

struct Span {
  double min = 0;
  std::optional<double> max;
  size_t begin = 0;
};

// Reads what stands before a word for years: "5+", "3-5", "3 to 5", "five (5)", "5 or more",
// "minimum of 2".
std::optional<Span> SpanBefore(std::string_view text, size_t unit) {
  size_t at = SkipBlanksBack(text, unit);
  bool open = false;
  // "years'" stands after; "5+ full years", "5 solid years", "5 (five)".
  for (const std::string_view filler : {"full", "solid", "consecutive", "or more", "plus", "-"}) {
    if (!EndsWithFolded(text.substr(0, at), filler)) continue;
    at = SkipBlanksBack(text, at - filler.size());
    open = open || filler == "or more" || filler == "plus";
  }
  const auto skip_plus = [&] {
    while (at > 0 && (text[at - 1] == '+' || text[at - 1] == ' ')) {
      open = open || text[at - 1] == '+';
      --at;
    }
  };
  skip_plus();
  if (at > 0 && text[at - 1] == ')') {
    const size_t low = at > 8 ? at - 8 : 0;
    const size_t paren = text.rfind('(', at);
    if (paren == text.npos || paren < low) return std::nullopt;
    if (const auto inner = NumberBefore(text, at - 1); inner) {
      // "five (5)" says it twice; the word before is left out of the value but not of the range.
      const size_t before = SkipBlanksBack(text, paren);
      const auto word = NumberBefore(text, before);
      at = word ? word->begin : paren;
      Span span{inner->value, std::nullopt, at};
      if (!open) span.max = std::nullopt;
      return span;
    }
    return std::nullopt;
  }
  const auto last = NumberBefore(text, at);
  if (!last) return std::nullopt;
  Span span{last->value, std::nullopt, last->begin};
  // A range?
  size_t joint = SkipBlanksBack(text, last->begin);
  size_t first_end = 0;
  if (joint > 0 && (text[joint - 1] == '-' || text[joint - 1] == '~')) {
    first_end = joint - 1;
  } else {
    for (const std::string_view word : {"to", "or", "and", "bis"}) {
      if (EndsWithFolded(text.substr(0, joint), word) && joint < last->begin + 1 &&
          joint > word.size() && text[joint - word.size() - 1] == ' ') {
        first_end = joint - word.size();
      }
    }
  }
  if (first_end != 0) {
    size_t end = SkipBlanksBack(text, first_end);
    for (const std::string_view unit_word : {"years", "year", "yrs", "yr", "+"}) {
      if (EndsWithFolded(text.substr(0, end), unit_word))
        end = SkipBlanksBack(text, end - unit_word.size());
    }
    if (const auto first = NumberBefore(text, end); first && first->value <= last->value) {
      span.min = first->value;
      span.begin = first->begin;
      if (!open) span.max = last->value;
    }
  }
  return span;
}

std::string Around(std::string_view text, size_t begin, size_t end) {
  std::string out = Lowered(text.substr(begin, end - begin));
  std::replace(out.begin(), out.end(), '\n', ' ');
  return out;
}

// Where the statement around [begin, end) ends on either side: at a line end or a full stop.
std::pair<size_t, size_t> Statement(std::string_view text, size_t begin, size_t end) {
  size_t low = begin > 70 ? begin - 70 : 0;
  for (size_t i = begin; i-- > low;) {
    if (text[i] == '\n' || (text[i] == '.' && i + 1 < text.size() && text[i + 1] == ' ') ||
        text[i] == ';') {
      low = i + 1;
      break;
    }
  }
  size_t high = std::min(text.size(), end + 110);
  for (size_t i = end; i < high; ++i) {
    if (text[i] == '\n' || (text[i] == '.' && i + 1 < text.size() && IsSpace(text[i + 1])) ||
        text[i] == ';') {
      high = i;
      break;
    }
  }
  return {low, high};
}

bool IsAskedFor(std::string_view text, const Span& span, size_t end, Unit unit) {
  const auto [low, high] = Statement(text, span.begin, end);
  const std::string before = Around(text, low, span.begin);
  const std::string after = Around(text, end, high);
  const std::string near_after = after.substr(0, 28);
  if (HasAny(near_after, {"ago", " old", "of age", "anniversary", "in business", "contract",
                          "warranty", "history", "track record of", "or older", "plan", "term",
                          "roadmap", "in a row", "in existence", "in operation"})) {
    return false;
  }
  // "a 4 year degree", "2-year program".
  if (unit == Unit::kYear &&
      HasAny(near_after, {"degree", "college", "program", "university", "course", "bachelor",
                          "diploma", "period", "visa"}))
    return false;
  const std::string near_before = before.size() > 34 ? before.substr(before.size() - 34) : before;
  if (HasAny(near_before,
             {"past ",   "last ",      "next ",         "within ",    "every ",   "first ",
              "founded", "for over",   "for more than", "for nearly", "for the",  "we have",
              "we've",   "we bring",   "our ",          "company",    "age ",     "aged ",
              "after ",  "leader for", "has over",      "has been",   "celebrat", "combined",
              "i have",  "i've",       "my ",           "growing"})) {
    return false;
  }
  if (unit == Unit::kYearsOnly) return true;
  if (span.min > 25) return false;
  if (HasAny(after, {"experience",
                     "exp ",
                     "exp.",
                     "expertise",
                     "background",
                     "hands-on",
                     "hands on",
                     "professional",
                     "working",
                     "work ",
                     "industry",
                     "track record",
                     "development",
                     "developing",
                     "programming",
                     "building",
                     "managing",
                     "in a similar",
                     "in similar",
                     "Berufserfahrung",
                     "erfahrung",
                     "exp\xC3\xA9rience",
                     "experien",
                     "\xD0\xBE\xD0\xBF\xD1\x8B\xD1\x82",
                     "\xD0\xB4\xD0\xBE\xD1\x81\xD0\xB2"})) {
    return true;
  }
  if (HasAny(before, {"experience", "exp:", "exp.", "expertise", "minimum", "at least", "min ",
                      "require", "experien", "seniority", "erfahrung",
                      "\xD0\xBE\xD0\xBF\xD1\x8B\xD1\x82", "\xD0\xB4\xD0\xBE\xD1\x81\xD0\xB2"})) {
    return true;
  }
  // "3+ years in Java", "5+ years with React".
  const bool plus = text.substr(span.begin, end - span.begin).find('+') != std::string_view::npos ||
                    span.max.has_value();
  return plus && (after.rfind(" in ", 0) == 0 || after.rfind(" with ", 0) == 0 ||
                  after.rfind(" as ", 0) == 0 || after.rfind(" using ", 0) == 0 ||
                  after.rfind(" of ", 0) == 0 || after.empty());
}

// Calls accept(span, end, unit) for each number of years or months; stops at the first it accepts.
template <typename Accept>
std::optional<Experience> FirstOf(const ScannedText& scanned, Accept&& accept) {
  const std::string_view text = scanned.text();
  std::optional<Experience> result;
  UnitMatcher().ForEach(scanned, [&](uint32_t id, size_t begin, size_t end) {
    if (result || !IsWholeWord(text, begin, end)) {
      // "5yrs": digits may touch the unit.
      const bool touches =
          begin > 0 && IsDigit(text[begin - 1]) && (end == text.size() || !IsWordByte(text[end]));
      if (result || !touches) return;
    }
    const std::optional<Span> span = SpanBefore(text, begin);
    if (!span || !accept(*span, end, kUnits[id].unit)) return;
    Experience experience{span->min, span->max, {span->begin, end}};
    if (kUnits[id].unit == Unit::kMonths) {
      experience.min_years /= 12;
      if (experience.max_years) *experience.max_years /= 12;
    }
    result = experience;
  });
  return result;
}

}  // namespace

std::optional<Experience> ParseExperienceField(std::string_view text) {
  const std::string lower = Lowered(text);
  if (auto found = FirstOf(text, [](const Span& span, size_t, Unit) { return span.min <= 60; })) {
    if (HasAny(
            lower.substr(0, found->range.begin),
            {"up to", "under", "less than", "max", "p\xC3\xA2n\xC4\x83 la", "\xD0\xB4\xD0\xBE "}) ||
        HasAny(lower, {"under a year", "less than a year"})) {
      if (!found->max_years) found->max_years = found->min_years;
      found->min_years = 0;
    }
    return found;
  }
  if (HasAny(lower, {"less than a year", "under a year", "sub un an"}))
    return Experience{0, 1.0, {0, text.size()}};
  if (HasAny(lower, {"no experience", "without experience", "not required",
                     "f\xC4\x83r\xC4\x83 experien", "fara experien", "entry",
                     "\xD0\xB1\xD0\xB5\xD0\xB7 \xD0\xBE\xD0\xBF\xD1\x8B\xD1\x82\xD0\xB0"})) {
    return Experience{0, std::nullopt, {0, text.size()}};
  }
  // "2-7" alone: the field's name is the unit.
  const std::string_view trimmed = Trimmed(text);
  if (!trimmed.empty() && (IsDigit(trimmed.back()) || trimmed.back() == '+')) {
    if (const auto span = SpanBefore(trimmed, trimmed.size());
        span && span->begin == 0 && span->min <= 60) {
      return Experience{span->min, span->max, {0, text.size()}};
    }
  }
  return std::nullopt;
}

std::vector<const PhraseMatcher*> ExperiencePhrases() { return {&UnitMatcher()}; }

std::optional<Experience> FindExperience(const ScannedText& scanned) {
  const std::string_view text = scanned.text();
  return FirstOf(scanned, [&](const Span& span, size_t end, Unit unit) {
    if (span.max && *span.max > 40) return false;
    // Months of experience are rare, months of a contract are not.
    if (unit == Unit::kMonths) {
      const std::string after = Around(text, end, std::min(text.size(), end + 24));
      return HasAny(after, {"experience"});
    }
    return IsAskedFor(text, span, end, unit);
  });
}

}  // namespace jobmesh::scraper::refine
