#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"

#include "scraper-service/refine/raw_posting.h"

namespace jobmesh::scraper::site_data {

// An item in the form that all providers share.
struct Item {
  std::string id;  // the provider's own, or a hash of the object
  std::string supplier;
  std::optional<absl::Time> confirm_time;
  std::string status;
  bool confirmed = false;
  std::optional<double> score;  // as stated; finite
  RawPosting posting;           // the same as a posting; one only with title and company
};

// Reads one member of a provider's list. INVALID_ARGUMENT for what is no item: no object, neither
// id nor title, an id of more than 500 bytes, texts that cannot be stored.
using Transformer = absl::StatusOr<Item> (*)(const nlohmann::json& object,
                                             const std::string& provider, absl::Time now);

inline constexpr std::string_view kDefaultTransformer = "default";

// `default` reads, where present, id; supplier or company, else the provider's name; comfirmedAt,
// confirmedAt, date or posted_at; status, else `unknown`; confirmed; sitedataScore or score; title,
// company, location, description, url. `schema_org` reads schema.org's JobPosting. Null for every
// other name.
Transformer FindTransformer(std::string_view name);
std::vector<std::string> TransformerNames();

}  // namespace jobmesh::scraper::site_data
