#pragma once

#include "scraper-service/sources/adapter.h"

namespace jobmesh::scraper::sources {

// Boards built like rabota.md: listing pages counted from 1 until an empty one, HTML postings with
// a table of facts. The url is its first page, or lacks the number, or holds {page}. Facts are
// found by their headings (Romanian, Russian, English) rather than by position or class; what the
// HTML does not tell is taken from JSON-LD if there is any.
class RabotaAdapter final : public Adapter {
 public:
  Outcome Crawl(const SourceConfig& source, fetch::Fetcher& fetcher, PostingSink& sink,
                CrawlContext& context) const override;
};

}  // namespace jobmesh::scraper::sources
