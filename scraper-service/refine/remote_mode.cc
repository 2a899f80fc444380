#include "scraper-service/refine/remote_mode.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "scraper-service/refine/ascii.h"
#include "scraper-service/refine/phrase_matcher.h"

namespace jobmesh::scraper::refine {
namespace {

enum class ModeWeight : uint8_t {
  kWord,   // counts in a header, a location, a title or after a label
  kClaim,  // counts anywhere in the text
};

struct ModePhrase {
  std::string_view text;
  RemoteMode mode;
  ModeWeight weight;
};

constexpr ModePhrase kModePhrases[] = {
    {"remote", RemoteMode::kRemote, ModeWeight::kWord},
    {"remotely", RemoteMode::kRemote, ModeWeight::kWord},
    {"wfh", RemoteMode::kRemote, ModeWeight::kWord},
    {"work from home", RemoteMode::kRemote, ModeWeight::kWord},
    {"work from anywhere", RemoteMode::kRemote, ModeWeight::kWord},
    {"telecommute", RemoteMode::kRemote, ModeWeight::kWord},
    {"distributed", RemoteMode::kRemote, ModeWeight::kWord},
    {"anywhere", RemoteMode::kRemote, ModeWeight::kWord},
    {"home office", RemoteMode::kRemote, ModeWeight::kWord},
    {"la distan\xC8\x9B\xC4\x83", RemoteMode::kRemote, ModeWeight::kWord},
    {"\xD1\x83\xD0\xB4\xD0\xB0\xD0\xBB\xD0\xB5\xD0\xBD\xD0\xBD\xD0\xBE", RemoteMode::kRemote,
     ModeWeight::kWord},
    {"fully remote", RemoteMode::kRemote, ModeWeight::kClaim},
    {"100% remote", RemoteMode::kRemote, ModeWeight::kClaim},
    {"remote-first", RemoteMode::kRemote, ModeWeight::kClaim},
    {"remote first", RemoteMode::kRemote, ModeWeight::kClaim},
    {"remote-only", RemoteMode::kRemote, ModeWeight::kClaim},
    {"remote position", RemoteMode::kRemote, ModeWeight::kClaim},
    {"remote role", RemoteMode::kRemote, ModeWeight::kClaim},
    {"remote job", RemoteMode::kRemote, ModeWeight::kClaim},
    {"remote opportunity", RemoteMode::kRemote, ModeWeight::kClaim},
    {"remote ok", RemoteMode::kRemote, ModeWeight::kClaim},
    {"remote friendly", RemoteMode::kRemote, ModeWeight::kClaim},
    {"remote-friendly", RemoteMode::kRemote, ModeWeight::kClaim},
    {"fully distributed", RemoteMode::kRemote, ModeWeight::kClaim},
    {"work remotely", RemoteMode::kRemote, ModeWeight::kClaim},
    {"hybrid", RemoteMode::kHybrid, ModeWeight::kWord},
    {"part remote", RemoteMode::kHybrid, ModeWeight::kWord},
    {"partly remote", RemoteMode::kHybrid, ModeWeight::kWord},
    {"partially remote", RemoteMode::kHybrid, ModeWeight::kWord},
    {"remote/onsite", RemoteMode::kHybrid, ModeWeight::kWord},
    {"hybrid role", RemoteMode::kHybrid, ModeWeight::kClaim},
    {"hybrid position", RemoteMode::kHybrid, ModeWeight::kClaim},
    {"hybrid work", RemoteMode::kHybrid, ModeWeight::kClaim},
    {"hybrid working", RemoteMode::kHybrid, ModeWeight::kClaim},
    {"hybrid schedule", RemoteMode::kHybrid, ModeWeight::kClaim},
    {"hybrid model", RemoteMode::kHybrid, ModeWeight::kClaim},
    {"days in the office", RemoteMode::kHybrid, ModeWeight::kClaim},
    {"days in office", RemoteMode::kHybrid, ModeWeight::kClaim},
    {"days a week in the office", RemoteMode::kHybrid, ModeWeight::kClaim},
    {"days per week in the office", RemoteMode::kHybrid, ModeWeight::kClaim},
    {"days a week in our", RemoteMode::kHybrid, ModeWeight::kClaim},
    {"days per week in our", RemoteMode::kHybrid, ModeWeight::kClaim},
    {"days/week in", RemoteMode::kHybrid, ModeWeight::kClaim},
    {"onsite", RemoteMode::kOnsite, ModeWeight::kWord},
    {"on-site", RemoteMode::kOnsite, ModeWeight::kWord},
    {"on site", RemoteMode::kOnsite, ModeWeight::kWord},
    {"in-person", RemoteMode::kOnsite, ModeWeight::kWord},
    {"in person", RemoteMode::kOnsite, ModeWeight::kWord},
    {"in-office", RemoteMode::kOnsite, ModeWeight::kWord},
    {"in office", RemoteMode::kOnsite, ModeWeight::kWord},
    {"on premise", RemoteMode::kOnsite, ModeWeight::kWord},
    {"onsite role", RemoteMode::kOnsite, ModeWeight::kClaim},
    {"on-site role", RemoteMode::kOnsite, ModeWeight::kClaim},
    {"onsite position", RemoteMode::kOnsite, ModeWeight::kClaim},
    {"fully onsite", RemoteMode::kOnsite, ModeWeight::kClaim},
    {"fully on-site", RemoteMode::kOnsite, ModeWeight::kClaim},
    {"work onsite", RemoteMode::kOnsite, ModeWeight::kClaim},
    {"in-person team", RemoteMode::kOnsite, ModeWeight::kClaim},
    {"in-person role", RemoteMode::kOnsite, ModeWeight::kClaim},
    {"in person only", RemoteMode::kOnsite, ModeWeight::kClaim},
    {"in-person only", RemoteMode::kOnsite, ModeWeight::kClaim},
    {"5 days a week", RemoteMode::kOnsite, ModeWeight::kClaim},
    {"5 days/week", RemoteMode::kOnsite, ModeWeight::kClaim},
    {"no remote", RemoteMode::kOnsite, ModeWeight::kClaim},
    {"not remote", RemoteMode::kOnsite, ModeWeight::kClaim},
    {"not a remote", RemoteMode::kOnsite, ModeWeight::kClaim},
    {"remote is not", RemoteMode::kOnsite, ModeWeight::kClaim},
};

const PhraseMatcher& ModeMatcher() {
  static const auto* const kMatcher = new PhraseMatcher(MatcherOf(kModePhrases));
  return *kMatcher;
}

std::string TextBefore(std::string_view text, size_t at, size_t reach) {
  const size_t low = at > reach ? at - reach : 0;
  return Lowered(text.substr(low, at - low));
}

// "no remote", "not a remote position", "remote is not available".
bool IsDenied(std::string_view text, size_t begin, size_t end) {
  const std::string before = TextBefore(text, begin, 14);
  if (HasAny(before, {"no ", "not ", "non-", "isn't ", "without ", "cannot be "})) return true;
  const std::string after = Lowered(text.substr(end, 22));
  return HasAny(after, {" is not", " not ", "isn't", ": no", " unavailable"});
}

// "3 days", "2-3 days a week" right behind, but not five.
bool IsPartOfWeek(std::string_view line, size_t end) {
  const std::string after = Lowered(line.substr(end, 16));
  const size_t digit = after.find_first_of("12345");
  return digit <= 2 && after[digit] != '5' && after.find("day") != after.npos;
}

struct Found {
  RemoteMode mode;
  size_t begin;
  size_t end;
};

// The modes that a line states, denials turned round.
std::vector<Found> ModesIn(std::string_view line) {
  std::vector<Found> found;
  ModeMatcher().ForEach(line, [&](uint32_t id, size_t begin, size_t end) {
    if (!IsWholeWord(line, begin, end)) return;
    RemoteMode mode = kModePhrases[id].mode;
    if (mode == RemoteMode::kRemote && IsDenied(line, begin, end)) mode = RemoteMode::kOnsite;
    if (mode == RemoteMode::kHybrid && kModePhrases[id].text == "hybrid" &&
        IsDenied(line, begin, end))
      return;
    if (kModePhrases[id].text == "distributed" &&
        HasAny(Lowered(line.substr(end, 12)), {" system", " comput", " data", " team"}))
      return;
    // "In office 3-4 days": the other days are at home.
    if (mode == RemoteMode::kOnsite && IsPartOfWeek(line, end)) mode = RemoteMode::kHybrid;
    // The longer phrase around a word replaces it: "part remote", "days in office".
    while (!found.empty() && begin <= found.back().begin && end >= found.back().end)
      found.pop_back();
    if (!found.empty() && begin < found.back().end) return;
    found.push_back({mode, begin, end});
  });
  return found;
}

std::optional<Found> Strongest(const std::vector<Found>& modes) {
  std::optional<Found> best;
  const auto rank = [](RemoteMode mode) {
    return mode == RemoteMode::kRemote ? 2 : mode == RemoteMode::kHybrid ? 1 : 0;
  };
  for (const Found& found : modes) {
    if (!best || rank(found.mode) > rank(best->mode)) best = found;
  }
  return best;
}

const PhraseMatcher& LabelMatcher() {
  static const PhraseMatcher* const kLabels = new PhraseMatcher({{"remote:", 1},
                                                                 {"location:", 0},
                                                                 {"locations:", 0},
                                                                 {"work mode:", 0},
                                                                 {"workplace:", 0},
                                                                 {"work location:", 0},
                                                                 {"onsite:", 2},
                                                                 {"work arrangement:", 0},
                                                                 {"workplace type:", 0},
                                                                 {"where:", 0},
                                                                 {"work style:", 0},
                                                                 {"job location:", 0}});
  return *kLabels;
}

// "Remote: yes", "Work mode: hybrid", "Location: Remote - Spain".
std::optional<Found> LabelledMode(const ScannedText& scanned) {
  const std::string_view text = scanned.text();
  std::optional<Found> result;
  LabelMatcher().ForEach(scanned, [&](uint32_t id, size_t begin, size_t end) {
    if (result || (begin > 0 && IsAlnum(text[begin - 1]))) return;
    const std::string_view line =
        text.substr(end, std::min<size_t>(text.find('\n', end) - end, 160));
    if (const auto mode = Strongest(ModesIn(line))) {
      result = Found{mode->mode, end + mode->begin, end + mode->end};
    } else if (id == 1) {
      const std::string word = Lowered(Trimmed(line.substr(0, 12)));
      if (word.rfind("yes", 0) == 0 || word.rfind("true", 0) == 0)
        result = Found{RemoteMode::kRemote, begin, end};
      if (word.rfind("no", 0) == 0 || word.rfind("false", 0) == 0)
        result = Found{RemoteMode::kOnsite, begin, end};
    }
  });
  return result;
}

constexpr std::array<std::string_view, 3> kModeNames = {"REMOTE", "HYBRID", "ONSITE"};

}  // namespace

std::string_view Name(RemoteMode mode) { return kModeNames[static_cast<size_t>(mode)]; }

std::optional<RemoteMode> ParseRemoteField(std::string_view text) {
  const std::string word = Lowered(Trimmed(text));
  if (word == "true" || word == "yes" || word == "1") return RemoteMode::kRemote;
  return RemoteModeOfLine(text);
}

std::optional<RemoteMode> RemoteModeOfLine(std::string_view line) {
  if (const auto found = Strongest(ModesIn(line))) return found->mode;
  return std::nullopt;
}

std::vector<const PhraseMatcher*> RemoteModePhrases() { return {&ModeMatcher(), &LabelMatcher()}; }

std::optional<Fact<RemoteMode>> FindRemoteMode(const ScannedText& scanned) {
  const std::string_view text = scanned.text();
  const auto fact = [](const Found& found) {
    return Fact<RemoteMode>{found.mode, {Origin::kText, {found.begin, found.end}}};
  };
  const std::string_view header = text.substr(0, std::min<size_t>(text.find('\n'), 300));
  // Prose as a first line says less than a row of segments.
  const bool segmented = header.find('|') != header.npos || header.size() <= 120;
  if (segmented) {
    if (const auto found = Strongest(ModesIn(header))) return fact(*found);
  }
  if (const auto found = LabelledMode(scanned)) return fact(*found);
  // The second and third line, where they are rows of segments too; a word alone in brackets:
  // "engineers (hybrid)".
  size_t line = header.size() + 1;
  for (int k = 0; k < 2 && line < text.size(); ++k) {
    const std::string_view row =
        text.substr(line, std::min<size_t>(text.find('\n', line) - line, 300));
    if (row.find('|') != row.npos) {
      if (const auto found = Strongest(ModesIn(row)))
        return fact({found->mode, line + found->begin, line + found->end});
    }
    line += row.size() + 1;
  }
  if (!segmented) {
    for (const Found& found : ModesIn(header)) {
      const bool bracketed = found.begin > 0 && text[found.begin - 1] == '(' &&
                             found.end < text.size() &&
                             (text[found.end] == ')' || text[found.end] == ',');
      if (bracketed) return fact(found);
    }
  }
  std::optional<Found> claim;
  ModeMatcher().ForEach(scanned, [&](uint32_t id, size_t begin, size_t end) {
    const ModePhrase& phrase = kModePhrases[id];
    if (claim || phrase.weight != ModeWeight::kClaim || !IsWholeWord(text, begin, end)) return;
    RemoteMode mode = phrase.mode;
    if (mode != RemoteMode::kOnsite && IsDenied(text, begin, end)) mode = RemoteMode::kOnsite;
    claim = Found{mode, begin, end};
  });
  if (claim) return fact(*claim);
  return std::nullopt;
}

}  // namespace jobmesh::scraper::refine
