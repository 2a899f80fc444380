#pragma once

#include "scraper-service/sources/adapter.h"

namespace jobmesh::scraper::sources {

// RSS 0.9x, 1.0 and 2.0, and Atom feeds of jobs.
// Options:
//   title_form  (text)  how titles are written: "plain" (default), "company: title", "title at
//   company",
//                       "title - company"
//   company     (text)  the company of postings that state none
class RssAdapter final : public Adapter {
 public:
  std::vector<OptionSpec> options() const override;
  Outcome Crawl(const SourceConfig& source, fetch::Fetcher& fetcher, PostingSink& sink,
                CrawlContext& context) const override;
};

}  // namespace jobmesh::scraper::sources
