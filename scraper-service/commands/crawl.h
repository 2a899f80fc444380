#pragma once

#include <ostream>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "runtime/config/config_reader.h"

namespace jobmesh::scraper {

struct CrawlRequest {
  std::string source;
  // 0: politely. Otherwise 1-64 pages at a time, without robots.txt and delays, which only servers
  // at addresses that are not public get.
  int impolite_connections = 0;
};

// INVALID_ARGUMENT with the usage.
absl::StatusOr<CrawlRequest> ParseCrawlArguments(std::span<char* const> arguments);

// Crawls a source of the sources file once, without database and mesh: what it finds goes to `out`
// as JSON lines that `refine` and `import` read, the outcome to standard error. An error when the
// source is unknown or brought nothing.
absl::Status CrawlOnce(const runtime::config::Environment& environment, const CrawlRequest& request,
                       std::ostream& out);

}  // namespace jobmesh::scraper
