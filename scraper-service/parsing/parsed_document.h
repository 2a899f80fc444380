#pragma once

#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"

#include "scraper-service/refine/raw_posting.h"
#include "scraper-service/refine/skills.h"

namespace jobmesh::scraper::parsing {

// What a document asks for.
struct PersonWanted {};
struct PageWanted {
  std::string url;
};
using Wanted = std::variant<RawPosting, PageWanted, PersonWanted>;

// Reads a document: an object that is not empty. Under `data` it has a text (of a posting; the
// address of a page; `random_user`) or an object, else it is the posting itself. INVALID_ARGUMENT.
absl::StatusOr<Wanted> ReadDocument(const nlohmann::json& document);

// The postings of a page, or the page as one where it marks none.
std::vector<RawPosting> PostingsOfPage(const std::string& html, const std::string& url);

// {"postings": […]}: what each says. A fact that is not stated is null.
nlohmann::json ParsePostings(const std::vector<RawPosting>& postings,
                             const refine::Vocabulary& vocabulary, absl::Time now);

}  // namespace jobmesh::scraper::parsing
