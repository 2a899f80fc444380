#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"

#include "scraper-service/refine/fact.h"
#include "scraper-service/refine/phrase_matcher.h"
#include "scraper-service/refine/scanned_text.h"

namespace jobmesh::scraper::refine {

// A skill of the vocabulary.
struct Skill {
  // Canonical name, unique regardless of case.
  std::string name;
  // Column two of skills.tsv: "language", "database", …
  std::string category;
  // Its place among the categories, technology first; below kSkillCategories.
  uint8_t category_number = 0;
  // True for what is not a named technology: degrees, spoken languages, fields of work, methods,
  // soft skills.
  bool knowledge = false;
  // Other spellings, as in the vocabulary.
  std::vector<std::string> aliases = {};
};

// Of the vocabulary's categories, by their number in Skill.
inline constexpr size_t kSkillCategories = 20;

struct SkillMention {
  const Skill* skill = nullptr;  // owned by the vocabulary
  // In the searched text: the term as written; names in one blank-free word ("Java/Kotlin") share
  // its range.
  Range range;
};

// The skills JobMesh knows, with the rules by which they are found in running text (README.md,
// "skills.tsv"). Immutable and safe to use from many threads; replace the shared_ptr to change it.
class Vocabulary {
 public:
  // Reads a file of the format of skills.tsv; `extra` are names that users added, matched as whole
  // words in any case (exactly as written when shorter than four letters). Names already known are
  // skipped. Errors: INVALID_ARGUMENT with the line number.
  static absl::StatusOr<std::shared_ptr<const Vocabulary>> Parse(
      std::string_view tsv, const std::vector<std::string>& extra = {});
  // The vocabulary built into the program.
  static std::shared_ptr<const Vocabulary> Default();
  // The built-in file, for Parse with extra names.
  static std::string_view DefaultFile();

  // Canonical name of a name or alias in any case; nullopt when it is unknown.
  std::optional<std::string> Canonical(std::string_view name) const;
  // Like Canonical, with the whole record; nullptr when it is unknown.
  const Skill* Lookup(std::string_view name) const;

  // Every mention in order of position; of overlapping names the longer one counts, and ranges are
  // equal or do not overlap. `text` as MappedText leaves it. Linear in the text.
  std::vector<SkillMention> Find(const ScannedText& text) const;

  const std::vector<Skill>& skills() const { return skills_; }
  // Of the names and of this program's rules: with equal revisions, refinement gives the same.
  uint64_t revision() const { return revision_; }

 private:
  enum class Rule : uint8_t {
    kAny,      // any case
    kCase,     // exactly as written; in any case where it is listed among technology
    kContext,  // an everyday word too: exactly as written and near other technology, or listed
               // among it
  };
  struct Alias {
    std::string text;
    uint32_t skill;
    Rule rule;
  };
  static constexpr uint32_t kNoSkill = 0xFFFFFFFF;
  // What a name as it is written stands for.
  struct Named {
    uint32_t skill = kNoSkill;
    Rule rule = Rule::kAny;
    bool exact = false;  // written as in the vocabulary, where that matters
  };
  struct Candidate {
    uint32_t begin;
    uint32_t end;
    uint32_t skill;
    bool context;  // needs support from its surroundings
    bool exact;    // as in Named
  };

  Vocabulary() = default;
  static uint64_t RevisionOf(std::string_view tsv, const std::vector<std::string>& extra);
  absl::Status AddLine(std::string_view line, size_t number);
  void AddAlias(std::string_view text, uint32_t skill, Rule rule);
  void Compile();
  uint32_t OthersCue() const { return static_cast<uint32_t>(groups_.size()); }
  uint32_t ProfileCue() const { return OthersCue() + 1; }
  // Where a text begins to speak of others, or of an applicant's profile; ascending.
  struct Asides {
    std::vector<size_t> others;
    std::vector<size_t> profiles;
  };

  Named Choose(uint32_t group, std::string_view written) const;
  std::vector<Candidate> Candidates(const ScannedText& scanned, Asides& asides) const;
  void DropAsides(std::string_view text, const Asides& asides,
                  std::vector<Candidate>& candidates) const;
  void SettleContext(std::string_view text, std::vector<Candidate>& candidates) const;

  uint64_t revision_ = 0;
  std::vector<Skill> skills_;
  // Aliases that are equal when case is folded share a group; a group is a phrase of the matcher.
  std::vector<std::vector<Alias>> groups_;
  // By group: what it stands for where there is no choice and no rule, otherwise kNoSkill. Most
  // names need no more, and this stays in a processor's cache.
  std::vector<uint32_t> sole_skill_;
  std::unordered_map<std::string, uint32_t> group_of_;
  std::unordered_map<std::string, uint32_t> skill_of_name_;
  // Of groups, and of the words that begin asides.
  std::unique_ptr<PhraseMatcher> matcher_;
};

}  // namespace jobmesh::scraper::refine
