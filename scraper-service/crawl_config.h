#pragma once

#include <vector>

#include "runtime/config/config_reader.h"
#include "scraper-service/fetch/http_fetcher.h"
#include "scraper-service/sources/source_config.h"

namespace jobmesh::scraper {

// The settings of the scraper-service that crawling needs, for commands that need nothing else.
struct CrawlConfig {
  std::vector<sources::SourceConfig> sources;
  fetch::FetchSettings fetch;

  // Problems stay in `reader`.
  static CrawlConfig Load(runtime::config::ConfigReader& reader);
};

}  // namespace jobmesh::scraper
