#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>
#include <nlohmann/json.hpp>

namespace jobmesh::scraper::sources {

// One row of the sources file.
struct SourceConfig {
  std::string name;  // lower-case letters, digits, '-', '_' and '.'; unique in the file
  std::string adapter;
  std::string url;
  bool enabled = true;
  std::chrono::seconds schedule{3600};  // between the starts of two runs; at least 10 s
  std::chrono::milliseconds delay{0};   // between two requests to the source's host
  // Most listing pages, sitemaps or pages of an API that one run reads.
  int max_pages = 100;
  nlohmann::json options = nlohmann::json::object();  // as the adapter's OptionSpecs say
  // Sent with every request to the url's origin.
  std::map<std::string, std::string> headers;
  // What stands in the url and the headers and is to be shown to nobody.
  std::vector<std::string> secrets;

  // An option's value, or `fallback` when the source does not set it.
  std::string StringOption(const char* option, std::string fallback = {}) const;
  bool BoolOption(const char* option, bool fallback = false) const;
  // The text with "***" for every secret.
  std::string Shown(std::string text) const;
};

// Parses a sources file:
//   {"sources": [{"name", "adapter", "url", "enabled"?, "schedule_seconds"?, "delay_ms"?,
//   "max_pages"?, "headers"?, "options"?}]}
// `${NAME}` in a url or header is replaced by the variable or the secret of that name. Unknown
// fields are refused. INVALID_ARGUMENT lists every mistake of the file at once, one a line, with
// source and field.
absl::StatusOr<std::vector<SourceConfig>> ParseSources(
    std::string_view text, const std::map<std::string, std::string>& variables,
    const std::map<std::string, std::string>& secrets = {});

// Parses lines NAME=VALUE, the secrets of a sources file; empty ones and those that begin with #
// are skipped. INVALID_ARGUMENT names the line, never a value.
absl::StatusOr<std::map<std::string, std::string>> ParseSecrets(std::string_view text);

}  // namespace jobmesh::scraper::sources
