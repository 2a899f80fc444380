#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scraper-service/refine/canonical_url.h"
#include "scraper-service/refine/fingerprint.h"
#include "scraper-service/refine/location.h"

namespace jobmesh::scraper::refine {

// A title as words that tell jobs apart: folded, levels spelled one way, without brackets' gender
// marks, sorted.
std::string TitleKey(std::string_view title);
// A company's name without legal form and punctuation.
std::string CompanyKey(std::string_view company);

// What identity is judged by.
struct ClusterItem {
  CanonicalUrl url;
  std::string company;  // CompanyKey
  std::string title;    // TitleKey
  Place place;
  std::string content;  // Fingerprint::content
  std::vector<uint32_t> shingles;
};

// Groups the postings of a batch. Equal addresses are one posting; different addresses of one host
// never end up in one group, not even by way of a third site. Otherwise titles and companies that
// are both known must agree, places must not contradict, and the texts must share enough. Result:
// for each item the index of its group's first item, or nullopt when it is alone. Near-linear as
// long as texts are mostly distinct.
std::vector<std::optional<size_t>> ClusterPostings(const std::vector<ClusterItem>& items);

}  // namespace jobmesh::scraper::refine
