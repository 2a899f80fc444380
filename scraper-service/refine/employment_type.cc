#include "scraper-service/refine/employment_type.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "scraper-service/refine/ascii.h"
#include "scraper-service/refine/phrase_matcher.h"

namespace jobmesh::scraper::refine {
namespace {

using Type = EmploymentType;

// How much a phrase says.
enum class Weight : uint8_t {
  kTitle,    // counts in a title only
  kWord,     // a bare word: counts after a label ("Job type:") or alone on a line or between '|'
  kClaim,    // says it by itself wherever it stands
  kBenefit,  // comes with full-time employment
};

struct Phrase {
  std::string_view text;
  Type type;
  Weight weight;
};

constexpr Phrase kPhrases[] = {
    {"full time", Type::kFullTime, Weight::kClaim},
    {"full-time", Type::kFullTime, Weight::kClaim},
    {"fulltime", Type::kFullTime, Weight::kClaim},
    {"permanent position", Type::kFullTime, Weight::kBenefit},
    {"40 hours per week", Type::kFullTime, Weight::kBenefit},
    {"40 hours a week", Type::kFullTime, Weight::kBenefit},
    {"norm\xC4\x83 \xC3\xAEntreag\xC4\x83", Type::kFullTime, Weight::kClaim},
    {"Vollzeit", Type::kFullTime, Weight::kClaim},
    {"temps plein", Type::kFullTime, Weight::kClaim},
    {"\xD0\xBF\xD0\xBE\xD0\xBB\xD0\xBD\xD0\xB0\xD1\x8F "
     "\xD0\xB7\xD0\xB0\xD0\xBD\xD1\x8F\xD1\x82\xD0\xBE\xD1\x81\xD1\x82\xD1\x8C",
     Type::kFullTime, Weight::kClaim},
    {"401(k)", Type::kFullTime, Weight::kBenefit},
    {"401k", Type::kFullTime, Weight::kBenefit},
    {"401 (k)", Type::kFullTime, Weight::kBenefit},
    {"health insurance", Type::kFullTime, Weight::kBenefit},
    {"medical insurance", Type::kFullTime, Weight::kBenefit},
    {"paid time off", Type::kFullTime, Weight::kBenefit},
    {"PTO", Type::kFullTime, Weight::kBenefit},
    {"paid vacation", Type::kFullTime, Weight::kBenefit},
    {"paid holidays", Type::kFullTime, Weight::kBenefit},
    {"stock options", Type::kFullTime, Weight::kBenefit},
    {"parental leave", Type::kFullTime, Weight::kBenefit},
    {"health, dental", Type::kFullTime, Weight::kBenefit},
    {"medical, dental", Type::kFullTime, Weight::kBenefit},
    {"dental and vision", Type::kFullTime, Weight::kBenefit},
    {"part time", Type::kPartTime, Weight::kClaim},
    {"part-time", Type::kPartTime, Weight::kClaim},
    {"parttime", Type::kPartTime, Weight::kClaim},
    {"20 hours per week", Type::kPartTime, Weight::kClaim},
    {"term time only", Type::kPartTime, Weight::kClaim},
    {"term-time only", Type::kPartTime, Weight::kClaim},
    {"school hours", Type::kPartTime, Weight::kClaim},
    {"job share", Type::kPartTime, Weight::kClaim},
    {"fit around your", Type::kPartTime, Weight::kClaim},
    {"fits around your", Type::kPartTime, Weight::kClaim},
    {"hours around your", Type::kPartTime, Weight::kClaim},
    {"work around your", Type::kPartTime, Weight::kClaim},
    {"hours to suit you", Type::kPartTime, Weight::kClaim},
    {"weekends only", Type::kPartTime, Weight::kClaim},
    {"evenings only", Type::kPartTime, Weight::kClaim},
    {"mornings only", Type::kPartTime, Weight::kClaim},
    {"Teilzeit", Type::kPartTime, Weight::kClaim},
    {"temps partiel", Type::kPartTime, Weight::kClaim},
    {"contract", Type::kContract, Weight::kWord},
    {"contractor", Type::kContract, Weight::kWord},
    {"freelance", Type::kContract, Weight::kWord},
    {"freelancer", Type::kContract, Weight::kWord},
    {"contract position", Type::kContract, Weight::kClaim},
    {"contract role", Type::kContract, Weight::kClaim},
    {"contract opportunity", Type::kContract, Weight::kClaim},
    {"contract job", Type::kContract, Weight::kClaim},
    {"contract assignment", Type::kContract, Weight::kClaim},
    {"contract to hire", Type::kContract, Weight::kClaim},
    {"contract-to-hire", Type::kContract, Weight::kClaim},
    {"contract to perm", Type::kContract, Weight::kClaim},
    {"month contract", Type::kContract, Weight::kClaim},
    {"months contract", Type::kContract, Weight::kClaim},
    {"month+ contract", Type::kContract, Weight::kClaim},
    {"year contract", Type::kContract, Weight::kClaim},
    {"week contract", Type::kContract, Weight::kClaim},
    {"long term contract", Type::kContract, Weight::kClaim},
    {"long-term contract", Type::kContract, Weight::kClaim},
    {"short term contract", Type::kContract, Weight::kClaim},
    {"W2 contract", Type::kContract, Weight::kClaim},
    {"on W2", Type::kContract, Weight::kClaim},
    {"W2 only", Type::kContract, Weight::kClaim},
    {"corp to corp", Type::kContract, Weight::kClaim},
    {"corp-to-corp", Type::kContract, Weight::kClaim},
    {"C2C", Type::kContract, Weight::kClaim},
    {"C2H", Type::kContract, Weight::kClaim},
    {"contract basis", Type::kContract, Weight::kClaim},
    {"contract length", Type::kContract, Weight::kClaim},
    {"contract duration", Type::kContract, Weight::kClaim},
    {"duration: 6", Type::kContract, Weight::kClaim},
    {"duration: 12", Type::kContract, Weight::kClaim},
    {"duration: 3", Type::kContract, Weight::kClaim},
    {"independent contractor", Type::kContract, Weight::kClaim},
    {"freelance role", Type::kContract, Weight::kClaim},
    {"B2B contract", Type::kContract, Weight::kClaim},
    {"temporary", Type::kTemporary, Weight::kWord},
    {"temp", Type::kTemporary, Weight::kWord},
    {"seasonal", Type::kTemporary, Weight::kWord},
    {"temporary position", Type::kTemporary, Weight::kClaim},
    {"temporary role", Type::kTemporary, Weight::kClaim},
    {"temporary assignment", Type::kTemporary, Weight::kClaim},
    {"temporary job", Type::kTemporary, Weight::kClaim},
    {"temporary basis", Type::kTemporary, Weight::kClaim},
    {"temp to hire", Type::kContract, Weight::kClaim},
    {"temp-to-hire", Type::kContract, Weight::kClaim},
    {"temp to perm", Type::kContract, Weight::kClaim},
    {"temp-to-perm", Type::kContract, Weight::kClaim},
    {"temp position", Type::kTemporary, Weight::kClaim},
    {"fixed term", Type::kTemporary, Weight::kClaim},
    {"fixed-term", Type::kTemporary, Weight::kClaim},
    {"maternity cover", Type::kTemporary, Weight::kClaim},
    {"seasonal position", Type::kTemporary, Weight::kClaim},
    {"contractual position", Type::kContract, Weight::kClaim},
    {"independent subcontractor", Type::kContract, Weight::kClaim},
    {"CTH", Type::kContract, Weight::kClaim},
    {"C-T-H", Type::kContract, Weight::kClaim},
    {"interim", Type::kTemporary, Weight::kTitle},
    {"intern", Type::kIntern, Weight::kWord},
    {"internship", Type::kIntern, Weight::kWord},
    {"internships", Type::kIntern, Weight::kTitle},
    {"interns", Type::kIntern, Weight::kTitle},
    {"co-op", Type::kIntern, Weight::kTitle},
    {"working student", Type::kIntern, Weight::kTitle},
    {"Praktikum", Type::kIntern, Weight::kTitle},
    {"Praktikant", Type::kIntern, Weight::kTitle},
    {"stagiaire", Type::kIntern, Weight::kTitle},
    {"internship position", Type::kIntern, Weight::kClaim},
    {"internship program", Type::kIntern, Weight::kClaim},
    {"summer internship", Type::kIntern, Weight::kClaim},
    {"paid internship", Type::kIntern, Weight::kClaim},
    {"our interns", Type::kIntern, Weight::kTitle},
    {"volunteer", Type::kVolunteer, Weight::kWord},
    {"volunteer position", Type::kVolunteer, Weight::kClaim},
    {"volunteer opportunity", Type::kVolunteer, Weight::kClaim},
    {"volunteer role", Type::kVolunteer, Weight::kClaim},
    {"unpaid volunteer", Type::kVolunteer, Weight::kClaim},
};

const PhraseMatcher& TypeMatcher() {
  static const auto* const kMatcher = new PhraseMatcher(MatcherOf(kPhrases));
  return *kMatcher;
}

// Whole words, also where a lost line end glued the next one on: "six month contractExperienced".
bool StandsAlone(std::string_view text, size_t begin, size_t end) {
  if (IsWholeWord(text, begin, end)) return true;
  const bool left = begin == 0 || !IsWordByte(text[begin - 1]);
  return left && end < text.size() && IsLower(text[end - 1]) && IsUpper(text[end]);
}

std::string Before(std::string_view text, size_t at, size_t reach) {
  const size_t low = at > reach ? at - reach : 0;
  std::string out = Lowered(text.substr(low, at - low));
  if (const size_t line = out.rfind('\n'); line != out.npos) out.erase(0, line + 1);
  if (const size_t sentence = out.rfind(". "); sentence != out.npos) out.erase(0, sentence + 2);
  return out;
}

std::string After(std::string_view text, size_t at, size_t reach) {
  // Where a lost line end glued the next line on, that line is another statement.
  if (at > 0 && at < text.size() && IsLower(text[at - 1]) && IsUpper(text[at])) return {};
  std::string out = Lowered(text.substr(at, reach));
  if (const size_t line = out.find('\n'); line != out.npos) out.erase(line);
  if (const size_t sentence = out.find(". "); sentence != out.npos) out.erase(sentence);
  return out;
}

// Between a label and a type only other types may stand: "Job type: full-time or contract".
bool OnlyTypesBetween(std::string_view gap) {
  static constexpr std::array<std::string_view, 18> kWords = {
      "full",     "time",      "fulltime", "part",  "parttime", "permanent",
      "contract", "temporary", "temp",     "or",    "and",      "to",
      "hire",     "term",      "long",     "short", "month",    "months"};
  for (size_t i = 0; i < gap.size();) {
    if (!IsAlpha(gap[i])) {
      ++i;
      continue;
    }
    size_t end = i;
    while (end < gap.size() && IsAlpha(gap[end])) ++end;
    if (std::find(kWords.begin(), kWords.end(), gap.substr(i, end - i)) == kWords.end())
      return false;
    i = end;
  }
  return true;
}

// "Job type: contract", "Employment: temporary".
bool IsLabelled(std::string_view text, size_t at) {
  const std::string before = Before(text, at, 40);
  const size_t colon = before.find_last_of(':');
  if (colon == before.npos || !OnlyTypesBetween(std::string_view(before).substr(colon + 1)))
    return false;
  return HasAny(before.substr(0, colon),
                {"type", "employment", "term", "status", "position", "schedule", "job", "contract",
                 "duration", "tenure", "hours"});
}

// Fills its line or its part between bars and brackets: "| Contract |", "(Contract)".
bool IsSegment(std::string_view text, size_t begin, size_t end) {
  while (begin > 0 && (text[begin - 1] == ' ' || text[begin - 1] == '*')) --begin;
  while (end < text.size() && text[end] == ' ') ++end;
  const auto edge = [](char c) {
    return c == '|' || c == '\n' || c == '(' || c == ')' || c == '/' || c == '[' || c == ']';
  };
  const bool left = begin == 0 || edge(text[begin - 1]) || text[begin - 1] == '-';
  const bool right = end == text.size() || edge(text[end]);
  return left && right && (begin > 0 || end < text.size());
}

// A full- or part-time phrase that speaks of something else than the job: other staff, experience,
// studies.
bool IsAside(std::string_view text, size_t begin, size_t end, Type type) {
  const std::string before = Before(text, begin, 36);
  const std::string after = After(text, end, 30);
  if (HasAny(before, {"not a ",        "no ",          "our ",      "years of ",     "year of ",
                      "other ",        "convert to",   "lead to",   "transition to", "become ",
                      "potential for", "possibility",  "all ",      "eligible",      "supervis",
                      "manage ",       "enrolled",     "attending", "hundred",       "over ",
                      "team of",       "available to", "year ",     "years ",        "people in ",
                      "place "})) {
    return true;
  }
  if (HasAny(after,
             {"employees", "staff", "experience", "student", "equivalent", "work experience",
              "team members", "enrol", "study", "studies", "conversion", "faculty", "workers",
              "engineers", "contractors", "associates", "benefits-eligible", "offer", "mba"})) {
    return true;
  }
  // "Full or part-time" leaves it open.
  return type == Type::kPartTime && HasAny(before, {"full", "or "});
}

constexpr std::array<std::string_view, 4> kLengthLabels = {"contract", "duration", "length",
                                                           "term"};

// "Contract: 6+ months", "Duration: 3 months", also where a lost line end glued something before
// it: a job of stated length.
std::optional<Fact<Type>> LengthStated(std::string_view text) {
  for (size_t colon = text.find(':'); colon != text.npos; colon = text.find(':', colon + 1)) {
    size_t end = colon;
    while (end > 0 && text[end - 1] == ' ') --end;
    const std::string label = Before(text, end, 9);
    const auto stated = std::find_if(kLengthLabels.begin(), kLengthLabels.end(),
                                     [&](std::string_view l) { return label.ends_with(l); });
    if (stated == kLengthLabels.end()) continue;
    const std::string after = After(text, colon + 1, 16);
    const size_t digit = after.find_first_of("0123456789");
    // npos is more than 2 too.
    if (digit > 2 || !HasAny(after, {"month", "week", "mos", "year"})) continue;
    return Fact<Type>{Type::kContract, {Origin::kText, {end - stated->size(), colon + 1}}};
  }
  return std::nullopt;
}

// Salaried trades, which are full-time unless a posting says otherwise.
bool IsProfession(std::string_view title) {
  static const PhraseMatcher* const kWords = new PhraseMatcher({{"engineer", 0},
                                                                {"developer", 0},
                                                                {"programmer", 0},
                                                                {"scientist", 0},
                                                                {"analyst", 0},
                                                                {"architect", 0},
                                                                {"devops", 0},
                                                                {"sre", 0},
                                                                {"director", 0},
                                                                {"analytics", 0},
                                                                {"technologist", 0},
                                                                {"statistician", 0},
                                                                {"product manager", 0},
                                                                {"project manager", 0},
                                                                {"program manager", 0},
                                                                {"data", 0}});
  bool found = false;
  kWords->ForEach(title, [&](uint32_t, size_t begin, size_t end) {
    found = found || IsWholeWord(title, begin, end);
  });
  return found;
}

constexpr std::array<std::string_view, 7> kTypeNames = {
    "FULL_TIME", "PART_TIME", "CONTRACT", "TEMPORARY", "INTERN", "VOLUNTEER", "OTHER"};

}  // namespace

std::string_view Name(EmploymentType type) { return kTypeNames[static_cast<size_t>(type)]; }

std::optional<EmploymentType> ParseEmploymentTypeField(std::string_view text) {
  std::string word;
  for (const char c : text) {
    if (IsAlpha(c)) word += ToLower(c);
  }
  if (word.empty()) return std::nullopt;
  const auto has = [&](std::string_view part) { return word.find(part) != word.npos; };
  if (has("intern") || has("traineeship") || has("apprentic")) return Type::kIntern;
  if (has("volunteer")) return Type::kVolunteer;
  if (has("fulltime")) return Type::kFullTime;
  if (has("parttime")) return Type::kPartTime;
  if (has("contract") || has("freelance")) return Type::kContract;
  if (has("temp") || has("seasonal") || has("fixedterm") || has("perdiem")) return Type::kTemporary;
  if (has("permanent") || has("regular")) return Type::kFullTime;
  return Type::kOther;
}

std::vector<const PhraseMatcher*> EmploymentTypePhrases() { return {&TypeMatcher()}; }

std::optional<Fact<EmploymentType>> FindEmploymentType(std::string_view title,
                                                       const ScannedText& scanned) {
  const std::string_view text = scanned.text();
  // A bare word in a title is a statement; "contract" there may also be a subject ("Contract
  // Manager").
  std::optional<Fact<Type>> from_title;
  TypeMatcher().ForEach(title, [&](uint32_t id, size_t begin, size_t end) {
    const Phrase& phrase = kPhrases[id];
    // "Temporary (full-time)": hours beat terms, as in "a full-time contract".
    const bool terms = from_title && (from_title->value == Type::kTemporary ||
                                      from_title->value == Type::kContract);
    if (from_title && !(terms && phrase.type == Type::kFullTime)) return;
    if (phrase.weight == Weight::kBenefit || !IsWholeWord(title, begin, end)) return;
    if (phrase.text == "contract" || phrase.text == "temp" || phrase.text == "contractor") {
      const std::string after = After(title, end, 16);
      if (HasAny(after, {"manag", "admin", "special", "analyst", "engineer", "officer", "lawyer",
                         "negot", "writer", "research"}) &&
          !IsSegment(title, begin, end)) {
        return;
      }
    }
    from_title = Fact<Type>{phrase.type, {Origin::kStructured, {}}};
  });
  if (from_title) return from_title;

  std::optional<Fact<Type>> best;
  int best_rank = 0;
  size_t benefits = 0;
  bool full_time = false;
  bool part_time = false;
  size_t full_time_end = 0;
  TypeMatcher().ForEach(scanned, [&](uint32_t id, size_t begin, size_t end) {
    const Phrase& phrase = kPhrases[id];
    if (phrase.weight == Weight::kTitle || !StandsAlone(text, begin, end)) return;
    if (phrase.weight == Weight::kBenefit) {
      ++benefits;
      return;
    }
    // "A full-time contract position" speaks of a contract of employment.
    constexpr size_t kSameStatement = 25;
    if (phrase.type == Type::kContract && full_time && begin - full_time_end <= kSameStatement &&
        text.substr(full_time_end, begin - full_time_end).find_first_of(".\n|") == text.npos)
      return;
    if (phrase.type == Type::kFullTime) {
      full_time = true;
      full_time_end = end;
    }
    part_time = part_time || phrase.type == Type::kPartTime;
    int rank = 0;
    if (IsLabelled(text, begin)) {
      rank = 4;
    } else if (IsSegment(text, begin, end)) {
      rank = 3;
    } else if (phrase.weight == Weight::kClaim && !IsAside(text, begin, end, phrase.type)) {
      rank = 2;
    }
    // Of a contract and full-time hours said apart, the contract tells more.
    if (rank != 0) rank = rank * 2 + (phrase.type == Type::kFullTime ? 0 : 1);
    // Of two that begin alike the longer one is meant: "temp", "temp-to-hire".
    const bool longer = rank == best_rank && rank != 0 && best->evidence.range.begin == begin;
    if (rank <= best_rank && !longer) return;
    best_rank = rank;
    best = Fact<Type>{phrase.type, {Origin::kText, {begin, end}}};
  });
  // "Full and part time positions" leave it open.
  const bool hours = best && (best->value == Type::kFullTime || best->value == Type::kPartTime);
  if (full_time && part_time && (!best || hours)) return std::nullopt;
  if (!best) best = LengthStated(text);
  if (!best && (benefits > 0 || IsProfession(title))) {
    best = Fact<Type>{Type::kFullTime, {Origin::kInferred, {}}};
  }
  return best;
}

}  // namespace jobmesh::scraper::refine
