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

// Bytes of descriptions that one document or page may bring.
inline constexpr size_t kLongestText = 500'000;

// What a document asks for.
struct PersonWanted {};
struct PageWanted {
  std::string url;
};
using Wanted = std::variant<RawPosting, PageWanted, PersonWanted>;

// Reads a document: an object that is not empty. Under `data` it has a text (of a posting; the
// address of a page; `random_user`) or an object, else it is the posting itself; with nothing but
// `url` it is the address of a page. INVALID_ARGUMENT that names the field.
absl::StatusOr<Wanted> ReadDocument(const nlohmann::json& document);

// {"postings": […]}: what each says. A fact that is not stated is null. `evidence` tells of every
// fact whether it comes from the description, with the bytes of it, from a field beside it, or
// follows from other facts; `mentions` are those of skills and of other terms, the first thousand.
nlohmann::json ParsePostings(const std::vector<RawPosting>& postings,
                             const refine::Vocabulary& vocabulary, absl::Time now);

}  // namespace jobmesh::scraper::parsing
