#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "scraper-service/refine/terms/weights.h"

namespace jobmesh::scraper::refine::terms {

// A model as text, tab-separated: what the weights belong to, then the weights in hundredths. What
// is not there is 0.
//
//   transitions            from kOutside to each tag, from kBegin, from kInside, from kStart
//   shape 3                kBegin, kInside; by the names and numbers of kTraitTables
//   word experience        nine pairs, for the words four places before it to four behind
//   ending ment 0          kBegin, kInside; by kNamings, a word, and the number that goes with it
//
// Lines that begin with '#' are comments.

// A model in hundredths.
struct Model {
  Weights<int32_t> weights;
  // What the rows of weights.words belong to, and the pairs of weights.names.
  std::vector<std::string> words;
  struct Name {
    Naming naming;
    uint64_t word;  // its key
    uint64_t number;
  };
  std::vector<Name> names;
};

// Errors: INVALID_ARGUMENT with the number of the first line that is none of these, has a weight
// beyond kGreatestWeight, or stood there before.
absl::StatusOr<Model> ParseModel(std::string_view tsv);

}  // namespace jobmesh::scraper::refine::terms
