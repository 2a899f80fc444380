#pragma once

#include <span>

#include "runtime/config/config_reader.h"

namespace jobmesh::scraper {

// Sub-commands of the binary; each returns the exit status.

// Brings the database up to date.
int RunMigrate(const runtime::config::Environment& environment, std::span<char* const> arguments);
// Refines JSON lines from standard input to standard output.
int RunRefine(const runtime::config::Environment& environment, std::span<char* const> arguments);
// Learns a model of terms from a file of labelled postings, and prints it.
int RunLearnTerms(const runtime::config::Environment& environment,
                  std::span<char* const> arguments);
// Crawls a source once and prints what it finds as JSON lines.
int RunCrawl(const runtime::config::Environment& environment, std::span<char* const> arguments);
// Refines JSON lines of a file, or of standard input ("-"), and stores them as postings.
int RunImport(const runtime::config::Environment& environment, std::span<char* const> arguments);
// Asks the running mesh to scrape, waits, and prints what came of it.
int RunScrape(const runtime::config::Environment& environment, std::span<char* const> arguments);

}  // namespace jobmesh::scraper
