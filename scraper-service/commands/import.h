#pragma once

#include <span>
#include <string>

#include "absl/status/statusor.h"

#include "runtime/config/config_reader.h"

namespace jobmesh::scraper {

struct ImportRequest {
  std::string file;               // "-" = standard input
  std::string source = "import";  // that the postings are stored under
};

// `FILE|- [--source NAME]`.
absl::StatusOr<ImportRequest> ParseImportArguments(std::span<char* const> arguments);

// Refines and stores postings given as JSON lines (members: refine/README.md, "Engine", and
// native_id; a line without native_id goes by its id). Postings already stored under the source are
// updated where they changed; none is closed. Prints progress to standard error. A bad line is
// reported by its number and skipped.
absl::Status Import(const runtime::config::Environment& environment, const ImportRequest& request);

}  // namespace jobmesh::scraper
