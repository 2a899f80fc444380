#pragma once

#include <string>

#include "absl/time/time.h"

#include "scraper-service/imports/job_auth.h"

namespace jobmesh::scraper::imports {

// Settings of document 002; scraper-service/README.md explains each.
struct ImportConfig {
  std::string input_directory;
  JobAuthOptions auth;
  std::string jwks_url;  // "" = our own keys
  bool bump_enabled = false;
  absl::Duration start_delay;
};

}  // namespace jobmesh::scraper::imports
