#pragma once

#include "scraper-service/sources/adapter.h"

namespace jobmesh::scraper::sources {

// Ashby: https://api.ashbyhq.com/posting-api/job-board/{board}; one answer holds the whole board.
// Unlisted jobs are left out; compensation is asked for. Options:
//   company  (text)  the company, which the API does not name
class AshbyAdapter final : public Adapter {
 public:
  std::vector<OptionSpec> options() const override;
  Outcome Crawl(const SourceConfig& source, fetch::Fetcher& fetcher, PostingSink& sink,
                CrawlContext& context) const override;
};

}  // namespace jobmesh::scraper::sources
