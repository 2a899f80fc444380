#pragma once

#include <ostream>
#include <string>

#include "absl/status/status.h"

#include "runtime/config/config_reader.h"

namespace jobmesh::scraper {

// Crawls a source of the sources file once, without database and mesh: what it finds goes to `out`
// as JSON lines that `refine` and `import` read, the outcome to standard error. An error when the
// source is unknown or brought nothing.
absl::Status CrawlOnce(const runtime::config::Environment& environment, const std::string& source,
                       std::ostream& out);

}  // namespace jobmesh::scraper
