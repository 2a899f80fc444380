#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"

#include "scraper-service/fetch/api_client.h"
#include "scraper-service/fetch/cancel_token.h"
#include "scraper-service/site_data/site.h"
#include "scraper-service/site_data/transformer.h"

namespace jobmesh::scraper::site_data {

// What one provider answered.
struct ProviderResult {
  std::string provider;
  absl::Status status;      // not OK: nothing came of it
  int fetched = 0;          // members of its list
  int errors = 0;           // of them, those that are no items; 1 for a provider that failed
  std::vector<Item> items;  // each id once, the last of it
};

// Asks all providers of the site for the day, at once; a failing one concerns no other. Results in
// the site's order.
std::vector<ProviderResult> AskProviders(const Site& site, absl::CivilDay day,
                                         fetch::ApiClient& client, const fetch::CancelToken& cancel,
                                         absl::Time now);

// What that comes to.
struct Verdict {
  bool failed = false;  // no provider answered
  std::string error;    // which failed and why; "" when all answered
  nlohmann::json stats =
      nlohmann::json::object();  // {"<provider>": {"fetched", "transformed", "errors"}}
};
Verdict Judge(const Site& site, const std::vector<ProviderResult>& results);

}  // namespace jobmesh::scraper::site_data
