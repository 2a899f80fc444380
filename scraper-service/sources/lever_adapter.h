#pragma once

#include "scraper-service/sources/adapter.h"

namespace jobmesh::scraper::sources {

// Lever: https://api.lever.co/v0/postings/{site}?mode=json (postings API), paged by skip and limit.
// `description` already contains the opening, so it is not put in twice. Options:
//   company  (text)  the company, which the API does not name
class LeverAdapter final : public Adapter {
 public:
  std::vector<OptionSpec> options() const override;
  Outcome Crawl(const SourceConfig& source, fetch::Fetcher& fetcher, PostingSink& sink,
                CrawlContext& context) const override;
};

}  // namespace jobmesh::scraper::sources
