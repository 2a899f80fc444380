#include "scraper-service/refine/skills.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "scraper_refine_revision.h"
#include "scraper_refine_skills.h"

#include "runtime/status_macros.h"
#include "scraper-service/refine/ascii.h"
#include "scraper-service/refine/word_set.h"

namespace jobmesh::scraper::refine {
namespace {

constexpr std::array<std::string_view, 13> kTechnology = {
    "language", "framework", "library", "database", "cloud",    "tool", "platform",
    "os",       "protocol",  "format",  "ai",       "hardware", "user"};
constexpr std::array<std::string_view, 7> kKnowledge = {"method", "concept", "field",      "spoken",
                                                        "degree", "soft",    "certificate"};

static_assert(kTechnology.size() + kKnowledge.size() == kSkillCategories);

constexpr uint8_t CategoryNumber(std::string_view category) {
  const auto* const technology = std::find(kTechnology.begin(), kTechnology.end(), category);
  if (technology != kTechnology.end())
    return static_cast<uint8_t>(technology - kTechnology.begin());
  const auto* const knowledge = std::find(kKnowledge.begin(), kKnowledge.end(), category);
  return static_cast<uint8_t>(kTechnology.size() +
                              static_cast<size_t>(knowledge - kKnowledge.begin()));
}

constexpr uint8_t kOs = CategoryNumber("os");
constexpr uint8_t kCloud = CategoryNumber("cloud");
constexpr uint8_t kDegree = CategoryNumber("degree");
constexpr uint8_t kSpoken = CategoryNumber("spoken");

template <size_t N>
bool Contains(const std::array<std::string_view, N>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// The blank-delimited word around [begin, end), cut at 200 bytes on either side.
std::string_view WordAround(std::string_view text, size_t begin, size_t end) {
  const size_t low = begin > 200 ? begin - 200 : 0;
  const size_t high = std::min(text.size(), end + 200);
  while (begin > low && !IsSpace(text[begin - 1])) --begin;
  while (end < high && !IsSpace(text[end])) ++end;
  return text.substr(begin, end - begin);
}

bool IsAddress(std::string_view word) {
  const bool may_be = std::any_of(word.begin(), word.end(),
                                  [](char c) { return c == ':' || c == '@' || c == '.'; });
  if (!may_be) return false;
  return word.find("://") != word.npos || word.find('@') != word.npos ||
         word.find("www.") != word.npos;
}

// "go.dev", "react.io": the name of a site.
bool BeginsDomainSuffix(std::string_view rest) {
  static constexpr std::array<std::string_view, 12> kSuffixes = {
      "com", "org", "io", "ai", "dev", "net", "co", "app", "me", "md", "eu", "so"};
  if (rest.size() < 3 || rest[0] != '.') return false;
  size_t end = 1;
  while (end < rest.size() && IsAlpha(rest[end])) ++end;
  return Contains(kSuffixes, rest.substr(1, end - 1));
}

// "(m/w/d)", "(f/m/x)": whom a title is open to, which Europe's postings have to say.
bool IsGenderMark(std::string_view text, size_t at) {
  const auto in_mark = [](char c) { return c == '/' || IsAlpha(c); };
  constexpr size_t kLongest = 9;
  size_t begin = at;
  size_t end = at + 1;
  while (begin > 0 && in_mark(text[begin - 1]) && end - begin <= kLongest) --begin;
  while (end < text.size() && in_mark(text[end]) && end - begin <= kLongest) ++end;
  const std::string mark = "/" + Lowered(text.substr(begin, end - begin)) + "/";
  const auto names = [&mark](const char* part) { return mark.find(part) != mark.npos; };
  return names("/m/") && (names("/w/") || names("/f/"));
}

// Whether text[begin, end) stands alone as a word in the sense names of software do: "C" is no word
// in "C++", "Go" none in "go-to-market", while "Python" is one in "Python3" and "Python-based".
bool StandsAlone(std::string_view text, size_t begin, size_t end, bool ambiguous) {
  const bool starts_as_word = IsWordByte(text[begin]);
  if (begin > 0) {
    const char before = text[begin - 1];
    if (starts_as_word && IsWordByte(before)) return false;
    if (before == '@') return false;
    if (before == '.' && begin > 1 && IsAlnum(text[begin - 2]) &&
        (!starts_as_word || !IsUpper(text[begin])))
      return false;
    if (ambiguous && (before == '-' || before == '\'' || before == '#' || before == '$' ||
                      before == '.' || before == '&')) {
      return before == '-' && (begin < 2 || IsSpace(text[begin - 2]));
    }
  }
  if (end < text.size()) {
    char after = text[end];
    if (IsWordByte(text[end - 1]) && IsDigit(after) && !ambiguous && end - begin >= 4) {
      while (end < text.size() && IsDigit(text[end])) ++end;
      after = end < text.size() ? text[end] : ' ';
    }
    if (IsWordByte(text[end - 1]) && IsWordByte(after)) return false;
    if (after == '#') return false;
    if (after == '+' && end + 1 < text.size() && text[end + 1] == '+') return false;
    if (after == '.' && BeginsDomainSuffix(text.substr(end))) return false;
    if (ambiguous) {
      if (after == '\'' || after == '+') return false;
      const bool inside = end + 1 < text.size() && IsAlnum(text[end + 1]);
      if ((after == '-' || after == '.' || after == '&') && inside) return false;
      if (after == '&') return false;
    }
  }
  return true;
}

// What may stand between two entries of a list of technologies.
bool IsListGap(std::string_view gap, bool& blank_only) {
  blank_only = true;
  if (gap.size() > 6) return false;
  for (const char c : gap) {
    if (IsSpace(c)) continue;
    if (c != ',' && c != '/' && c != '|' && c != ';' && c != '+' && c != '&' && c != '(' &&
        c != ')' && c != '-' && c != '*' && static_cast<unsigned char>(c) < 0x80) {
      if (gap == " and " || gap == " or ") return !(blank_only = false);
      return false;
    }
    blank_only = false;
  }
  return true;
}

// Set off on both sides by the separators of lists.
bool IsEntry(std::string_view text, size_t begin, size_t end) {
  while (begin > 0 && text[begin - 1] == ' ') --begin;
  while (end < text.size() && text[end] == ' ') ++end;
  const auto separates = [](char c) { return c == ',' || c == '/' || c == '|' || c == ';'; };
  const bool left =
      begin > 0 && (separates(text[begin - 1]) || text[begin - 1] == '(' || text[begin - 1] == ':');
  const bool right =
      end == text.size() || separates(text[end]) || text[end] == ')' || text[end] == '.';
  const bool inner =
      (begin > 0 && separates(text[begin - 1])) || (end < text.size() && separates(text[end]));
  return left && right && inner;
}

std::string_view WordBefore(std::string_view text, size_t begin) {
  size_t end = begin;
  while (end > 0 && (text[end - 1] == ' ' || text[end - 1] == '(')) --end;
  size_t start = end;
  while (start > 0 && IsAlpha(text[start - 1])) --start;
  return text.substr(start, end - start);
}

std::string_view WordAfter(std::string_view text, size_t end) {
  if (end >= text.size() || text[end] != ' ') return {};
  size_t stop = end + 1;
  while (stop < text.size() && IsAlpha(text[stop])) ++stop;
  return text.substr(end + 1, stop - end - 1);
}

bool IsCloud(std::string_view name) {
  return name == "AWS" || name == "Azure" || name == "Google Cloud";
}

// Words by which a text begins to speak of customers, founders and investors.
constexpr std::array<std::string_view, 26> kOthersCues = {
    "used by",        "trusted by",      "backed by",    "customers include", "customers like",
    "customers such", "clients include", "clients such", "clients like",      "companies like",
    "companies such", "founders from",   "founders of",  "founded by",        "alumni",
    "previously at",  "investors",       "people from",  "engineers from",    "team from",
    "came from",      "come from",       "partner with", "partners include",  "formerly at",
    "veterans from"};
// … or of an applicant's profile: "CV, GitHub".
constexpr std::array<std::string_view, 10> kProfileCues = {
    "resume",  "cv",   "linkedin", "portfolio", "profile",
    "include", "your", "link",     "e-mail",    "email"};

// Whether one of `ends` (ascending) lies before `begin` in the same sentence, within 160 bytes.
bool InSentence(std::string_view text, const std::vector<size_t>& ends, size_t begin) {
  const auto after = std::upper_bound(ends.begin(), ends.end(), begin);
  if (after == ends.begin() || begin - *(after - 1) > 160) return false;
  const std::string_view between = text.substr(*(after - 1), begin - *(after - 1));
  return between.find_first_of("\n|") == between.npos && between.find(". ") == between.npos;
}

bool IsProfileSite(std::string_view name) {
  return name == "GitHub" || name == "GitLab" || name == "Kaggle" || name == "Stack Overflow";
}

bool IsIntroduction(std::string_view word) {
  static const WordSet kWords = {"in", "with", "using", "like", "of", "and", "or", "know", "use"};
  return kWords.Contains(word);
}

// "Proficiency in Rust.", "experience with Go or Java": what is asked for right before the name,
// and nothing behind it that the name could belong to ("experience in Go to market").
bool IsAskedFor(std::string_view text, size_t begin, size_t end) {
  static const WordSet kAsking = {
      "proficiency", "proficient", "experience",  "experienced", "expertise", "expert",
      "knowledge",   "fluent",     "fluency",     "skilled",     "skills",    "familiar",
      "familiarity", "competent",  "competence",  "programming", "coding",    "code",
      "written",     "background", "development", "developing",  "command",   "mastery"};
  static const WordSet kJoints = {"in", "with", "of", "using"};
  const std::string_view joint = WordBefore(text, begin);
  if (!kJoints.Contains(joint)) return false;
  const auto at = static_cast<size_t>(joint.data() - text.data());
  if (!kAsking.Contains(WordBefore(text, at))) return false;
  const std::string_view after = WordAfter(text, end);
  return after.empty() || EqualsFolded(after, "and") || EqualsFolded(after, "or");
}

// What follows the name of a trade: "DevOps engineer", "iOS team".
bool IsRole(std::string_view word) {
  static const WordSet kWords = {
      "developer",     "developers",     "engineer",   "engineers",  "architect",   "architects",
      "administrator", "administrators", "specialist", "programmer", "programmers", "consultant",
      "manager",       "managers",       "lead",       "analyst",    "analysts",    "designer",
      "designers",     "team",           "teams",      "tester"};
  return kWords.Contains(word);
}

// The noun that a term of the field qualifies: "CI/CD tools", "NoSQL databases"; it is part of the
// term.
bool IsHead(std::string_view word) {
  static const WordSet kWords = {
      "tools",         "tool",        "tooling",    "languages", "technologies", "technology",
      "platforms",     "platform",    "frameworks", "framework", "principles",   "concepts",
      "methodologies", "methodology", "pipelines",  "pipeline",  "systems",      "architectures",
      "patterns",      "techniques",  "solutions",  "databases", "environments", "libraries",
      "practices",     "algorithms",  "standards",  "protocols"};
  return kWords.Contains(word);
}

// What stands before a thing that somebody has, rather than something to know: "our API", "the
// cloud".
bool IsDeterminer(std::string_view word) {
  static const WordSet kWords = {"the",  "our",  "a",   "an",  "their",
                                 "your", "this", "its", "new", "leading"};
  return kWords.Contains(word);
}

// Whether the blank-free word goes on at text[i]: a bracket, a comma
// or the full stop of a sentence whose blank was lost ends it.
bool Continues(std::string_view text, size_t i) {
  const char c = text[i];
  static constexpr std::array<bool, 256> kEnds = [] {
    std::array<bool, 256> ends{};
    for (const char end : std::string_view("()[]{}<>,;:|*\"!? \n\t\r"))
      ends[static_cast<unsigned char>(end)] = true;
    return ends;
  }();
  if (kEnds[static_cast<unsigned char>(c)]) return false;
  return c != '.' || i == 0 || i + 1 == text.size() || !IsLower(text[i - 1]) ||
         !IsUpper(text[i + 1]);
}

// The blank-free word that text[begin, end) is a part of: "Java/Kotlin", "cloud-based".
Range Compound(std::string_view text, size_t begin, size_t end) {
  constexpr size_t kLongest = 40;
  Range range{begin, end};
  while (range.begin > 0 && begin - range.begin < kLongest && Continues(text, range.begin - 1))
    --range.begin;
  while (range.end < text.size() && range.end - end < kLongest && Continues(text, range.end))
    ++range.end;
  // Too long a run is no word.
  if (begin - range.begin == kLongest || range.end - end == kLongest) return {begin, end};
  while (range.end > end && !IsWordByte(text[range.end - 1]) && text[range.end - 1] != '+' &&
         text[range.end - 1] != '#')
    --range.end;
  while (range.begin < begin && !IsWordByte(text[range.begin]) && text[range.begin] != '.')
    ++range.begin;
  return range;
}

bool IsCraft(std::string_view word) {
  static const WordSet kWords = {"developer",  "developers",  "engineer", "engineers",
                                 "programmer", "programming", "language", "code",
                                 "codebase",   "backend",     "services", "microservices",
                                 "services",   "api",         "apis",     "framework"};
  return kWords.Contains(word);
}

}  // namespace

absl::Status Vocabulary::AddLine(std::string_view line, size_t number) {
  const std::vector<std::string_view> columns = SplitBy(line, '\t');
  const auto fail = [&](std::string_view why) {
    return absl::InvalidArgumentError(
        absl::StrCat("skills, line ", number, ": ", std::string(why)));
  };
  if (columns.size() < 3 || columns.size() > 4) return fail("three or four columns expected");
  const std::string_view name = Trimmed(columns[0]);
  const std::string_view category = Trimmed(columns[1]);
  const std::string_view rule_name = Trimmed(columns[2]);
  if (name.empty()) return fail("empty name");
  const bool knowledge = Contains(kKnowledge, category);
  if (!knowledge && !Contains(kTechnology, category)) return fail("unknown category");
  Rule rule = Rule::kAny;
  if (rule_name == "case") {
    rule = Rule::kCase;
  } else if (rule_name == "context") {
    rule = Rule::kContext;
  } else if (rule_name != "any") {
    return fail("rule must be any, case or context");
  }
  const auto skill = static_cast<uint32_t>(skills_.size());
  if (!skill_of_name_.emplace(Lowered(name), skill).second)
    return fail("name or alias given twice");
  skills_.push_back(
      {std::string(name), std::string(category), CategoryNumber(category), knowledge});
  AddAlias(name, skill, rule);
  if (columns.size() == 3) return absl::OkStatus();
  for (std::string_view alias : SplitBy(columns[3], '|')) {
    alias = Trimmed(alias);
    if (alias.empty()) continue;
    Rule alias_rule = Rule::kAny;
    if (alias.size() > 1 && alias[0] == '=') alias_rule = Rule::kCase;
    if (alias.size() > 1 && alias[0] == '?') alias_rule = Rule::kContext;
    if (alias_rule != Rule::kAny) alias.remove_prefix(1);
    const auto [it, added] = skill_of_name_.emplace(Lowered(alias), skill);
    if (!added && it->second != skill) return fail("name or alias given twice");
    skills_[skill].aliases.emplace_back(alias);
    AddAlias(alias, skill, alias_rule);
  }
  return absl::OkStatus();
}

void Vocabulary::AddAlias(std::string_view text, uint32_t skill, Rule rule) {
  const auto add = [&](std::string form) {
    const auto [it, added] =
        group_of_.emplace(Lowered(form), static_cast<uint32_t>(groups_.size()));
    if (added) groups_.emplace_back();
    for (const Alias& other : groups_[it->second]) {
      if (other.text == form) return;
    }
    groups_[it->second].push_back({std::move(form), skill, rule});
  };
  add(std::string(text));
  // "machine-learning" is "machine learning" and the other way round.
  for (const auto& [from, to] : {std::pair(' ', '-'), std::pair('-', ' ')}) {
    std::string variant(text);
    bool changed = false;
    for (size_t i = 1; i + 1 < variant.size(); ++i) {
      if (variant[i] != from || !IsAlnum(variant[i - 1]) || !IsAlnum(variant[i + 1])) continue;
      variant[i] = to;
      changed = true;
    }
    if (changed && !skill_of_name_.contains(Lowered(variant))) add(std::move(variant));
  }
}

void Vocabulary::Compile() {
  std::vector<PhraseMatcher::Phrase> phrases;
  phrases.reserve(groups_.size());
  for (uint32_t group = 0; group < groups_.size(); ++group) {
    const std::vector<Alias>& aliases = groups_[group];
    const bool sole = aliases.size() == 1 && aliases.front().rule == Rule::kAny;
    sole_skill_.push_back(sole ? aliases.front().skill : kNoSkill);
    phrases.push_back({aliases.front().text, group});
  }
  // They ride along, which saves going through the text once more.
  for (const std::string_view cue : kOthersCues) phrases.push_back({std::string(cue), OthersCue()});
  for (const std::string_view cue : kProfileCues)
    phrases.push_back({std::string(cue), ProfileCue()});
  matcher_ = std::make_unique<PhraseMatcher>(phrases);
}

uint64_t Vocabulary::RevisionOf(std::string_view tsv, const std::vector<std::string>& extra) {
  uint64_t hash = 0xCBF29CE484222325ull;
  const auto add = [&hash](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ull;
    hash = (hash ^ 0x100) * 0x100000001B3ull;  // no byte: ends the text
  };
  add(kRulesRevision);
  add(tsv);
  for (const std::string& name : extra) add(name);
  return hash;
}

absl::StatusOr<std::shared_ptr<const Vocabulary>> Vocabulary::Parse(
    std::string_view tsv, const std::vector<std::string>& extra) {
  std::shared_ptr<Vocabulary> vocabulary(new Vocabulary());
  vocabulary->revision_ = RevisionOf(tsv, extra);
  size_t number = 0;
  for (std::string_view line : SplitBy(tsv, '\n')) {
    ++number;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (Trimmed(line).empty() || line[0] == '#') continue;
    RETURN_IF_ERROR(vocabulary->AddLine(line, number));
  }
  for (const std::string& name : extra) {
    const std::string_view trimmed = Trimmed(name);
    if (trimmed.empty() || vocabulary->Lookup(trimmed) != nullptr) continue;
    const auto skill = static_cast<uint32_t>(vocabulary->skills_.size());
    vocabulary->skill_of_name_.emplace(Lowered(trimmed), skill);
    vocabulary->skills_.push_back({std::string(trimmed), "user", CategoryNumber("user"), false});
    vocabulary->AddAlias(trimmed, skill, trimmed.size() < 4 ? Rule::kCase : Rule::kAny);
  }
  vocabulary->Compile();
  return std::shared_ptr<const Vocabulary>(std::move(vocabulary));
}

std::string_view Vocabulary::DefaultFile() { return ScraperRefineSkills(); }

std::shared_ptr<const Vocabulary> Vocabulary::Default() {
  // The embedded file is checked by a unit test, so value() cannot fail here.
  static const std::shared_ptr<const Vocabulary> kDefault = Parse(DefaultFile()).value();
  return kDefault;
}

const Skill* Vocabulary::Lookup(std::string_view name) const {
  const auto it = skill_of_name_.find(Lowered(Trimmed(name)));
  if (it != skill_of_name_.end()) return &skills_[it->second];
  const auto group = group_of_.find(Lowered(Trimmed(name)));
  return group == group_of_.end() ? nullptr : &skills_[groups_[group->second].front().skill];
}

std::optional<std::string> Vocabulary::Canonical(std::string_view name) const {
  const Skill* skill = Lookup(name);
  if (skill == nullptr) return std::nullopt;
  return skill->name;
}

Vocabulary::Named Vocabulary::Choose(uint32_t group, std::string_view written) const {
  if (sole_skill_[group] != kNoSkill) return {sole_skill_[group], Rule::kAny, false};
  Named best;
  for (const Alias& alias : groups_[group]) {
    const bool exact = alias.text == written;
    const bool too_short = alias.text.size() < 3 || skills_[alias.skill].knowledge;
    if (!exact && alias.rule == Rule::kCase && too_short) continue;
    best = {alias.skill, alias.rule, exact};
    if (exact) break;
  }
  return best;
}

std::vector<Vocabulary::Candidate> Vocabulary::Candidates(const ScannedText& scanned,
                                                          Asides& asides) const {
  const std::string_view text = scanned.text();
  std::vector<Candidate> found;
  found.reserve(scanned.starts().size() / 8);
  matcher_->ForEach(scanned, [&](uint32_t group, size_t begin, size_t end) {
    if (group >= groups_.size()) {
      (group == OthersCue() ? asides.others : asides.profiles).push_back(end);
      return;
    }
    // The cheap half of the boundary test comes first: most hits lie inside a word.
    if (begin > 0 && IsWordByte(text[begin - 1]) && IsWordByte(text[begin])) return;
    const Named named = Choose(group, text.substr(begin, end - begin));
    if (named.skill == kNoSkill) return;
    if (!StandsAlone(text, begin, end, named.rule != Rule::kAny)) return;
    if (end - begin == 1 && IsGenderMark(text, begin)) return;
    // A name that is known by its spelling still counts in lists such as "docker, helm, terraform".
    const bool context =
        named.rule == Rule::kContext || (named.rule == Rule::kCase && !named.exact);
    found.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(end), named.skill, context,
                     named.exact});
  });
  return found;
}

// Keeps an ambiguous candidate only where its surroundings speak of technology.
void Vocabulary::SettleContext(std::string_view text, std::vector<Candidate>& candidates) const {
  constexpr size_t kNear = 60;
  const auto is_anchor = [&](const Candidate& c) {
    return !c.context && !skills_[c.skill].knowledge;
  };
  std::vector<uint8_t> keep(candidates.size(), 1);
  for (size_t i = 0; i < candidates.size(); ++i) {
    Candidate& c = candidates[i];
    if (!c.context) continue;
    bool listed = false;   // joined to another technology by a separator
    bool between = false;  // blanks and technologies on both sides
    bool near = false;
    bool blank_left = false;
    for (size_t j = i; j-- > 0 && c.begin - candidates[j].end <= kNear;) {
      if (!is_anchor(candidates[j]) && !(candidates[j].context && keep[j] == 2)) continue;
      const std::string_view gap = text.substr(candidates[j].end, c.begin - candidates[j].end);
      bool blank_only = false;
      if (IsListGap(gap, blank_only)) (blank_only ? blank_left : listed) = true;
      near = near || gap.find('\n') == gap.npos;
      break;
    }
    for (size_t j = i + 1; j < candidates.size() && candidates[j].begin < c.end + kNear; ++j) {
      if (candidates[j].begin < c.end || !is_anchor(candidates[j])) continue;
      const std::string_view gap = text.substr(c.end, candidates[j].begin - c.end);
      bool blank_only = false;
      if (IsListGap(gap, blank_only)) (blank_only ? between : listed) = true;
      near = near || gap.find('\n') == gap.npos;
      break;
    }
    between = between && blank_left;
    bool supported = listed || between;
    if (!supported && c.exact) {
      const std::string_view after = WordAfter(text, c.end);
      supported = IsCraft(after) || (near && IsIntroduction(WordBefore(text, c.begin))) ||
                  IsAskedFor(text, c.begin, c.end);
    }
    // "(Back-end, Rust, Fintech)": an entry of a list, spelled as a name.
    if (!supported && c.exact && c.end - c.begin >= 2) supported = IsEntry(text, c.begin, c.end);
    // 2 marks a settled candidate, on which the next one may lean.
    keep[i] = supported ? 2 : 0;
  }
  size_t kept = 0;
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (keep[i] != 0) candidates[kept++] = candidates[i];
  }
  candidates.resize(kept);
}

// Drops names that are no demand on the applicant: other people's products ("used by Slack"), what
// is not wanted ("no Jira"), trades ("DevOps engineer"), and the parts of a cloud in brackets
// behind it ("AWS (ECS, S3)").
void Vocabulary::DropAsides(std::string_view text, const Asides& asides,
                            std::vector<Candidate>& candidates) const {
  size_t kept = 0;
  size_t bracket_end = 0;
  for (const Candidate& c : candidates) {
    const Skill& skill = skills_[c.skill];
    const std::string_view before = WordBefore(text, c.begin);
    const std::string_view after = WordAfter(text, c.end);
    const bool trade = (skill.knowledge || skill.category_number == kOs) && IsRole(after);
    const bool term =
        skill.knowledge && skill.category_number != kDegree && skill.category_number != kSpoken;
    const bool owned = term && IsDeterminer(before) && !IsHead(after);
    const bool denied = EqualsFolded(before, "no") && (c.begin == 0 || text[c.begin - 1] == ' ');
    const bool alike = text.substr(c.end, 5) == "-like";
    const bool part = skill.category_number == kCloud && c.begin < bracket_end;
    if (skill.category_number == kCloud && IsCloud(skill.name) && text.substr(c.end, 2) == " (") {
      const size_t close = text.find(')', c.end);
      if (close != text.npos && close - c.end < 160) bracket_end = close;
    }
    if (trade || owned || denied || alike || part) continue;
    if (!skill.knowledge && InSentence(text, asides.others, c.begin)) continue;
    if (IsProfileSite(skill.name) && InSentence(text, asides.profiles, c.begin)) continue;
    candidates[kept++] = c;
  }
  candidates.resize(kept);
}

std::vector<SkillMention> Vocabulary::Find(const ScannedText& scanned) const {
  const std::string_view text = scanned.text();
  Asides asides;
  std::vector<Candidate> candidates = Candidates(scanned, asides);
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
  });
  // Of overlapping candidates the first and longest stays.
  size_t kept = 0;
  uint32_t covered = 0;
  for (const Candidate& candidate : candidates) {
    if (candidate.begin < covered) continue;
    if (IsAddress(WordAround(text, candidate.begin, candidate.end))) continue;
    covered = candidate.end;
    candidates[kept++] = candidate;
  }
  candidates.resize(kept);
  SettleContext(text, candidates);
  DropAsides(text, asides, candidates);
  std::vector<SkillMention> mentions;
  mentions.reserve(candidates.size());
  for (const Candidate& c : candidates) {
    size_t end = c.end;
    if (skills_[c.skill].knowledge && skills_[c.skill].category_number != kDegree) {
      const std::string_view after = WordAfter(text, end);
      if (IsHead(after)) end = static_cast<size_t>(after.data() - text.data()) + after.size();
    }
    Range range = Compound(text, c.begin, end);
    // The parts of a compound share its range.
    if (!mentions.empty() && mentions.back().range.end > range.begin) {
      range.begin = std::min(range.begin, mentions.back().range.begin);
      range.end = std::max(range.end, mentions.back().range.end);
      for (size_t i = mentions.size(); i-- > 0 && mentions[i].range.end > range.begin;)
        mentions[i].range = range;
    }
    mentions.push_back({&skills_[c.skill], range});
  }
  return mentions;
}

}  // namespace jobmesh::scraper::refine
