#pragma once

#include "scraper-service/sources/adapter.h"

namespace jobmesh::scraper::sources {

// Hacker News "Who is hiring?": the url is a thread of the Algolia API
// (https://hn.algolia.com/api/v1/items/{id}) or a search whose first hit is the newest thread
// (.../search_by_date?tags=story,author_whoishiring). A posting is a top-level comment; its title
// is the first line, "Company | Role | Location | …" where the poster keeps to the custom.
class HnHiringAdapter final : public Adapter {
 public:
  Outcome Crawl(const SourceConfig& source, fetch::Fetcher& fetcher, PostingSink& sink,
                CrawlContext& context) const override;
};

}  // namespace jobmesh::scraper::sources
