#pragma once

#include <string>
#include <string_view>

namespace jobmesh::scraper::refine {

// An address reduced to what identifies a page.
struct CanonicalUrl {
  // Lower case, without "www." and port 80/443.
  std::string host;
  // host + path + query without scheme, fragment, trailing slash and tracking parameters (utm_*,
  // gclid, ref, …).
  std::string key;
};

// Both members are empty for what is no http(s) address.
CanonicalUrl Canonicalise(std::string_view url);

}  // namespace jobmesh::scraper::refine
