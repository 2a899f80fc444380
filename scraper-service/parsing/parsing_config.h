#pragma once

#include <string>

#include "scraper-service/fetch/url.h"

namespace jobmesh::scraper::parsing {

// Settings of document 003; scraper-service/README.md explains each.
struct ParsingConfig {
  bool needs_token = false;      // PARSER_AUTH
  fetch::Url random_user_url;    // where people are fetched
  std::string random_user_host;  // address of our own listener that answers with one
  int random_user_port = 0;      // 0 = free port
};

}  // namespace jobmesh::scraper::parsing
