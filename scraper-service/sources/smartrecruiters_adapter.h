#pragma once

#include "scraper-service/sources/adapter.h"

namespace jobmesh::scraper::sources {

// SmartRecruiters: https://api.smartrecruiters.com/v1/companies/{id}/postings, paged by offset; the
// description is in each posting's own answer.
class SmartRecruitersAdapter final : public Adapter {
 public:
  Outcome Crawl(const SourceConfig& source, fetch::Fetcher& fetcher, PostingSink& sink,
                CrawlContext& context) const override;
};

}  // namespace jobmesh::scraper::sources
