#include "scraper-service/refine/seniority.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "scraper-service/refine/ascii.h"
#include "scraper-service/refine/phrase_matcher.h"

namespace jobmesh::scraper::refine {
namespace {

struct Level {
  std::string_view text;
  Seniority seniority;
};

constexpr Level kLevels[] = {
    {"intern", Seniority::kIntern},
    {"interns", Seniority::kIntern},
    {"internship", Seniority::kIntern},
    {"trainee", Seniority::kIntern},
    {"working student", Seniority::kIntern},
    {"junior", Seniority::kJunior},
    {"jr", Seniority::kJunior},
    {"entry level", Seniority::kJunior},
    {"entry-level", Seniority::kJunior},
    {"graduate", Seniority::kJunior},
    {"new grad", Seniority::kJunior},
    {"new grads", Seniority::kJunior},
    {"early career", Seniority::kJunior},
    {"apprentice", Seniority::kJunior},
    {"mid level", Seniority::kMid},
    {"mid-level", Seniority::kMid},
    {"intermediate", Seniority::kMid},
    {"middle", Seniority::kMid},
    {"mid", Seniority::kMid},
    {"senior", Seniority::kSenior},
    {"seniors", Seniority::kSenior},
    {"sr", Seniority::kSenior},
    {"snr", Seniority::kSenior},
    {"lead", Seniority::kLead},
    {"leads", Seniority::kLead},
    {"team leader", Seniority::kLead},
    {"teamlead", Seniority::kLead},
    {"staff", Seniority::kLead},
    {"principal", Seniority::kLead},
    {"founding", Seniority::kLead},
    {"distinguished", Seniority::kLead},
    {"director", Seniority::kDirector},
    {"head", Seniority::kDirector},
    {"vp", Seniority::kExecutive},
    {"svp", Seniority::kExecutive},
    {"evp", Seniority::kExecutive},
    {"vice president", Seniority::kExecutive},
    {"chief", Seniority::kExecutive},
    {"cto", Seniority::kExecutive},
    {"ceo", Seniority::kExecutive},
    {"cfo", Seniority::kExecutive},
    {"coo", Seniority::kExecutive},
    {"cpo", Seniority::kExecutive},
    {"cio", Seniority::kExecutive},
    {"ciso", Seniority::kExecutive},
    {"cmo", Seniority::kExecutive},
    {"president", Seniority::kExecutive},
};

const PhraseMatcher& LevelMatcher() {
  static const auto* const kMatcher = new PhraseMatcher(MatcherOf(kLevels));
  return *kMatcher;
}

bool StartsWithWord(std::string_view text, std::initializer_list<std::string_view> words) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '-')) text.remove_prefix(1);
  return std::any_of(words.begin(), words.end(), [&](std::string_view w) {
    return EqualsFolded(text.substr(0, w.size()), w) &&
           (text.size() == w.size() || !IsAlpha(text[w.size()]));
  });
}

bool EndsWithWord(std::string_view text, std::initializer_list<std::string_view> words) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '-')) text.remove_suffix(1);
  return std::any_of(words.begin(), words.end(), [&](std::string_view w) {
    return text.size() >= w.size() && EqualsFolded(text.substr(text.size() - w.size()), w) &&
           (text.size() == w.size() || !IsAlpha(text[text.size() - w.size() - 1]));
  });
}

// Words that look like a level and are none in this place: "lead generation", "graduate school",
// "staff accountant".
bool IsDecoy(std::string_view line, const Level& level, size_t begin, size_t end) {
  const std::string_view after = line.substr(end);
  const std::string_view before = line.substr(0, begin);
  if (level.text == "lead" || level.text == "leads") {
    return StartsWithWord(
               after, {"generation", "gen", "time", "magnet", "scoring", "management", "nurturing",
                       "to", "the", "a", "our", "research", "qualification", "acquisition"}) ||
           EndsWithWord(before, {"sales", "to", "will", "and", "inbound", "marketing"});
  }
  if (level.text == "staff") {
    return StartsWithWord(after, {"accountant", "nurse", "augmentation", "member", "members",
                                  "assistant", "attorney", "auditor", "and"}) ||
           EndsWithWord(before, {"of", "our", "support", "office", "bar", "all"});
  }
  if (level.text == "head") return !StartsWithWord(after, {"of"});
  if (level.text == "graduate")
    return StartsWithWord(after,
                          {"school", "degree", "students", "student", "studies", "education"});
  if (level.text == "chief") return StartsWithWord(after, {"of staff", "architect"});
  if (level.text == "president") return EndsWithWord(before, {"vice"});
  if (level.text == "principal") return StartsWithWord(after, {"investigator"});
  if (level.text == "director")
    return StartsWithWord(after, {"'s"}) ||
           EndsWithWord(before, {"to", "assistant to the", "art", "creative"});
  if (level.text == "mid")
    return !StartsWithWord(after, {"senior", "sr", "level", "software", "backend", "frontend",
                                   "developer", "engineer", "weight"}) &&
           end < line.size() && line[end] != '/';
  if (level.text == "middle") return StartsWithWord(after, {"east", "school", "office", "market"});
  if (level.text == "senior")
    return StartsWithWord(after, {"living", "care", "citizens", "home", "housing"});
  if (level.text == "cio" || level.text == "cto" || level.text == "ceo" || level.text == "cfo" ||
      level.text == "coo") {
    return EndsWithWord(before, {"to", "to the", "assistant", "our", "the"});
  }
  return false;
}

struct NamedLevel {
  Seniority seniority;
  size_t begin;
  size_t end;
};

enum class FoundIn { kTitle, kText };

std::vector<NamedLevel> LevelsIn(std::string_view line, FoundIn where) {
  std::vector<NamedLevel> found;
  LevelMatcher().ForEach(line, [&](uint32_t id, size_t begin, size_t end) {
    if (!IsWholeWord(line, begin, end) || IsDecoy(line, kLevels[id], begin, end)) return;
    // Outside a title "founding" tells the company's age rather than the applicant's level.
    if (where == FoundIn::kText && kLevels[id].text == "founding") return;
    // "mid-level" contains "mid", "vice president" "president".
    if (!found.empty() && begin < found.back().end) return;
    found.push_back({kLevels[id].seniority, begin, end});
  });
  return found;
}

// One level of several that name the same person: "Senior Staff Engineer", "Senior Director", "Lead
// Intern".
std::optional<Seniority> Combined(const std::vector<NamedLevel>& levels, std::string_view line) {
  if (levels.empty()) return std::nullopt;
  Seniority top = levels[0].seniority;
  for (size_t i = 1; i < levels.size(); ++i) {
    if (levels[i].seniority == top) continue;
    const std::string_view gap =
        line.substr(levels[i - 1].end, levels[i].begin - levels[i - 1].end);
    // Alternatives are not one level; "Senior / Staff" and "Mid-Senior" are alternatives, "Senior
    // Staff" is not.
    if (gap.find_first_of("/,|&+") != gap.npos || gap.find(" or ") != gap.npos ||
        gap.find(" to ") != gap.npos || gap.find(" and ") != gap.npos || gap == "-") {
      return std::nullopt;
    }
    if (top == Seniority::kIntern || levels[i].seniority == Seniority::kIntern) {
      top = Seniority::kIntern;
    } else {
      top = std::max(top, levels[i].seniority);
    }
  }
  return top;
}

bool NamesRole(std::string_view text) {
  static const PhraseMatcher* const kRoles = new PhraseMatcher(
      {{"engineer", 0},   {"engineers", 0},  {"developer", 0}, {"developers", 0},
       {"scientist", 0},  {"designer", 0},   {"manager", 0},   {"architect", 0},
       {"analyst", 0},    {"sre", 0},        {"swe", 0},       {"lead", 0},
       {"specialist", 0}, {"researcher", 0}, {"cto", 0},       {"intern", 0},
       {"programmer", 0}, {"consultant", 0}, {"recruiter", 0}, {"administrator", 0},
       {"director", 0},   {"devops", 0},     {"head of", 0},   {"scientists", 0},
       {"eng", 0},        {"advocate", 0},   {"marketer", 0},  {"representative", 0},
       {"executive", 0},  {"sdet", 0}});
  bool found = false;
  kRoles->ForEach(text, [&](uint32_t, size_t begin, size_t end) {
    found = found || IsWholeWord(text, begin, end);
  });
  return found;
}

// An entry of a list that begins with a role: "1. Senior Engineer (Go)", "- Head of Growth: …".
bool IsOpening(std::string_view row) {
  size_t i = 0;
  if (!row.empty() && (row[0] == '-' || row[0] == '*')) {
    i = 1;
  } else {
    while (i < row.size() && IsDigit(row[i])) ++i;
    if (i == 0 || i >= row.size() || (row[i] != '.' && row[i] != ')')) return false;
    ++i;
  }
  // The role itself is short; behind it a dash, a bracket or a colon begins its description.
  std::string_view role = row.substr(i);
  role = role.substr(0, role.find_first_of("(:,*", 1));
  if (const size_t dash = role.find(" - "); dash != role.npos) role = role.substr(0, dash);
  return role.size() <= 60 && NamesRole(role);
}

constexpr std::array<std::string_view, 7> kSeniorityNames = {
    "INTERN", "JUNIOR", "MID", "SENIOR", "LEAD", "DIRECTOR", "EXECUTIVE"};

}  // namespace

std::string_view Name(Seniority seniority) {
  return kSeniorityNames[static_cast<size_t>(seniority)];
}

std::optional<Seniority> ParseSeniorityField(std::string_view text) {
  const std::string word = Lowered(Trimmed(text));
  if (word.empty() || word == "not applicable" || word == "any" || word == "n/a")
    return std::nullopt;
  const auto has = [&](std::string_view part) { return word.find(part) != word.npos; };
  if (has("mid-senior") || has("mid senior")) return Seniority::kSenior;
  if (has("intern")) return Seniority::kIntern;
  if (has("entry") || has("junior") || has("graduate")) return Seniority::kJunior;
  if (has("associate") || has("mid") || has("intermediate")) return Seniority::kMid;
  return SeniorityOfTitle(text);
}

std::optional<Seniority> SeniorityOfTitle(std::string_view title) {
  return Combined(LevelsIn(title, FoundIn::kTitle), title);
}

std::optional<Fact<Seniority>> FindSeniority(std::string_view text) {
  const std::string_view header = text.substr(0, std::min<size_t>(text.find('\n'), 400));
  std::optional<Fact<Seniority>> result;
  bool role_without_level = false;
  // Judges one place where roles are named; false when levels differ.
  const auto judge = [&](std::string_view part, size_t offset) {
    const std::vector<NamedLevel> levels = LevelsIn(part, FoundIn::kText);
    if (levels.empty()) {
      role_without_level = role_without_level || NamesRole(part);
      return true;
    }
    const std::optional<Seniority> level = Combined(levels, part);
    if (!level || (result && result->value != *level)) return false;
    if (!result)
      result = Fact<Seniority>{*level,
                               {Origin::kText, {offset + levels[0].begin, offset + levels[0].end}}};
    return true;
  };
  // Several roles may stand in one segment: "Engineer + Senior Designer".
  const auto judge_row = [&](std::string_view row, size_t offset) {
    for (size_t begin = 0; begin <= row.size();) {
      const size_t end = std::min(row.find_first_of("|+;", begin), row.size());
      // A long segment is prose, where "our senior team" is no role.
      if (end - begin <= 120 && !judge(row.substr(begin, end - begin), offset + begin))
        return false;
      begin = end + 1;
    }
    return true;
  };
  if (!judge_row(header, 0)) return std::nullopt;
  if (!result && !role_without_level) {
    // No role in the first line: the next one, or the list of openings, states it.
    size_t line = header.size() + 1;
    for (size_t number = 1; line < text.size() && number < 60; ++number) {
      const size_t end = std::min(text.find('\n', line), text.size());
      const std::string_view row = text.substr(line, std::min<size_t>(end - line, 100));
      const bool title =
          number == 1 && end - line <= 100 && NamesRole(row) && row.find('@') == row.npos;
      if (title && !judge_row(row, line)) return std::nullopt;
      if (!title && IsOpening(row) && !judge(row, line)) return std::nullopt;
      line = end + 1;
    }
  }
  if (result && role_without_level) return std::nullopt;
  return result;
}

}  // namespace jobmesh::scraper::refine
