#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scraper-service/fetch/url.h"
#include "scraper-service/sources/markup.h"

namespace jobmesh::scraper::sources {

// The last run of at least three digits in a text, which is how most boards number their pages;
// empty when there is none.
std::string LastNumber(std::string_view text);

// The elements' href values as absolute URLs of the page's own origin, in order, each once. What is
// no fetchable URL or leads elsewhere is left out.
std::vector<std::string> OwnLinks(const fetch::Url& page, const std::vector<xmlNode*>& elements);

// The URL of listing page `number`: "{page}" in the pattern is replaced.
std::string PageUrl(std::string pattern, int number);
bool HasPagePlaceholder(std::string_view pattern);

// A listing counted in its last path segment. A url that ends in a number is the first page of it;
// to any other one the number is appended.
struct CountedListing {
  std::string pattern;  // with "{page}"
  int first = 1;
};
CountedListing CountedListingOf(const std::string& url);

}  // namespace jobmesh::scraper::sources
