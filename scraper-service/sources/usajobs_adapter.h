#pragma once

#include "scraper-service/sources/adapter.h"

namespace jobmesh::scraper::sources {

// The search API of USAJOBS, https://data.usajobs.gov/api/Search?…, whose key goes into the
// source's headers (User-Agent: the e-mail address it was given to; Authorization-Key). Amounts are
// texts, with a code for what they are paid for; fees, piece work and unpaid posts state no salary.
class UsaJobsAdapter final : public Adapter {
 public:
  Outcome Crawl(const SourceConfig& source, fetch::Fetcher& fetcher, PostingSink& sink,
                CrawlContext& context) const override;
};

}  // namespace jobmesh::scraper::sources
