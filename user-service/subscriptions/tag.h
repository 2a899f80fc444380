#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace jobmesh::user {

// A tag is the name of a skill as subscriptions are compared by: case-folded, without blanks around
// it, single blanks inside.

// INVALID_ARGUMENT (INVALID_FIELD) unless it has 1-100 characters, none of them a control
// character.
absl::StatusOr<std::string> MakeTag(std::string_view field, std::string_view text);

// Every run of one to four words of `text`, folded: what a tag of up to four words can be found
// among. Words keep the marks that names of skills hold (`c++`, `c#`, `node.js`, `ci/cd`), and are
// given without them at their ends too.
std::vector<std::string> WordRuns(std::string_view text);

}  // namespace jobmesh::user
