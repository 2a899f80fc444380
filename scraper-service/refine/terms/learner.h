#pragma once

#include <functional>
#include <istream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "scraper-service/refine/fact.h"
#include "scraper-service/refine/skills.h"

namespace jobmesh::scraper::refine::terms {

// A posting in which people marked the terms.
struct LabelledPosting {
  std::string text;          // words apart by blanks, sentences by line ends
  std::vector<Range> terms;  // of whole words
};

// Reads postings in the CoNLL manner: a line a word, "word TAB B|I|O", an empty line behind each
// sentence and two behind each posting. Errors: INVALID_ARGUMENT with the line number.
absl::StatusOr<std::vector<LabelledPosting>> ReadConll(std::istream& in);

// Learns a model for Tagger::Parse from postings: a conditional random field, by stochastic
// gradients with steps that shrink (AdaGrad), averaged over the passes, where missing a term costs
// more than finding one too many. The same postings give the same model. `progress` is called
// after each of its passes with what they add up to so far, from 0 to 1.
std::string Learn(const std::vector<LabelledPosting>& postings, const Vocabulary& vocabulary,
                  const std::function<void(double)>& progress);

}  // namespace jobmesh::scraper::refine::terms
