#pragma once

#include "scraper-service/sources/adapter.h"

namespace jobmesh::scraper::sources {

// Pages with schema.org JobPosting as JSON-LD or microdata. The source's url is a sitemap or an
// index of sitemaps; or a listing page, followed by its rel=next links or by counting when the url
// holds {page}. Options:
//   link_contains  (text)  only URLs that contain it are read as postings
//   from_robots    (bool)  take the sitemaps that the robots.txt of the url's host names instead of
//   the url
class JsonLdAdapter final : public Adapter {
 public:
  std::vector<OptionSpec> options() const override;
  Outcome Crawl(const SourceConfig& source, fetch::Fetcher& fetcher, PostingSink& sink,
                CrawlContext& context) const override;
};

}  // namespace jobmesh::scraper::sources
