#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "scraper-service/refine/raw_posting.h"
#include "scraper-service/sources/markup.h"

namespace jobmesh::scraper::sources {

struct StructuredPostings {
  std::vector<nlohmann::json> postings;  // schema.org JobPosting objects
  std::vector<std::string>
      broken;  // beginnings of blocks that name JobPosting and could not be parsed
};

// Finds the JobPosting objects of a page: JSON-LD as object, array, @graph or nested; microdata
// when there is no JSON-LD. References by @id within a block are resolved.
StructuredPostings FindJobPostings(const Document& page);

// Makes JSON of text that almost is: raw control characters and bad escapes in strings, commas
// before a closing bracket, comment or CDATA wrappers, a semicolon at the end.
std::string RepairJson(std::string_view text);

// Reads a JobPosting. `page_url` is the posting's URL unless it states its own.
RawPosting PostingFromJobPosting(const nlohmann::json& job, const std::string& page_url);

}  // namespace jobmesh::scraper::sources
