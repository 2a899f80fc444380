#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "scraper-service/refine/fact.h"
#include "scraper-service/refine/skills.h"
#include "scraper-service/refine/terms/compiled_model.h"

namespace jobmesh::scraper::refine::terms {

// Finds what postings ask people to know, in English: "machine learning", "core Java", "degree in
// physics"; also terms that no vocabulary lists. Learned from labelled postings (README.md).
// Immutable; safe to use from many threads.
class Tagger {
 public:
  // Reads a model as Learn writes it. Errors: INVALID_ARGUMENT with the line number.
  static absl::StatusOr<std::shared_ptr<const Tagger>> Parse(std::string_view tsv);
  // The model built into the program.
  static const Tagger& Default();

  // Terms in order, none overlapping another, in sentences where the vocabulary found something:
  // `mentions`, as Vocabulary::Find gives them. `text` as MappedText leaves it. Linear in the text.
  std::vector<Range> Find(std::string_view text, std::span<const SkillMention> mentions) const;

 private:
  explicit Tagger(const Model& model) : model_(model) {}

  CompiledModel model_;
};

}  // namespace jobmesh::scraper::refine::terms
