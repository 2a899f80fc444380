#pragma once

#include <string>
#include <vector>

#include "scraper-service/refine/raw_posting.h"

namespace jobmesh::scraper::sources {

// The postings of any page: what its structured data says; without such, its main text as one
// posting whose title is the page's heading. Empty when there is no text either.
std::vector<RawPosting> PostingsOfPage(const std::string& html, const std::string& page_url);

}  // namespace jobmesh::scraper::sources
