#pragma once

#include <istream>
#include <ostream>

#include "absl/time/time.h"

#include "scraper-service/refine/skills.h"
#include "scraper-service/refine/terms/tagger.h"

namespace jobmesh::scraper::refine {

// Refines postings given as JSON lines, one result line per input line in the same order;
// README.md, "Engine", has the members. `cluster` compares the postings of this run. A line that is
// not an object is answered with an empty id and reported on `errors`; empty lines are skipped.
// Returns the exit status: 0, or 1 when `out` failed.
int RunEngine(std::istream& in, std::ostream& out, std::ostream& errors,
              const Vocabulary& vocabulary, const terms::Tagger& tagger, absl::Time now);

}  // namespace jobmesh::scraper::refine
