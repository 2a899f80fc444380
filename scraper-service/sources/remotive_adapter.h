#pragma once

#include "scraper-service/sources/adapter.h"

namespace jobmesh::scraper::sources {

// Remotive: https://remotive.com/api/remote-jobs. Its owners ask for at most four requests a day
// and a link back.
class RemotiveAdapter final : public Adapter {
 public:
  Outcome Crawl(const SourceConfig& source, fetch::Fetcher& fetcher, PostingSink& sink,
                CrawlContext& context) const override;
};

}  // namespace jobmesh::scraper::sources
