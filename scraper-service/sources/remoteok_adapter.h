#pragma once

#include "scraper-service/sources/adapter.h"

namespace jobmesh::scraper::sources {

// Remote OK: https://remoteok.com/api; one answer holds the whole board, its first element is the
// legal notice. Its owners ask for a link back.
class RemoteOkAdapter final : public Adapter {
 public:
  Outcome Crawl(const SourceConfig& source, fetch::Fetcher& fetcher, PostingSink& sink,
                CrawlContext& context) const override;
};

}  // namespace jobmesh::scraper::sources
