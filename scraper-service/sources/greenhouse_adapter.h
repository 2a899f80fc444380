#pragma once

#include "scraper-service/sources/adapter.h"

namespace jobmesh::scraper::sources {

// Greenhouse job boards: https://boards-api.greenhouse.io/v1/boards/{token}/jobs (Job Board API).
// One answer holds the whole board; content=true is added to the url when it lacks it. Prospect
// posts are left out. Options:
//   company     (text)  the company of postings that state none
//   pay_ranges  (bool)  read each posting by itself for its pay range, which the list does not have
class GreenhouseAdapter final : public Adapter {
 public:
  std::vector<OptionSpec> options() const override;
  Outcome Crawl(const SourceConfig& source, fetch::Fetcher& fetcher, PostingSink& sink,
                CrawlContext& context) const override;
};

}  // namespace jobmesh::scraper::sources
