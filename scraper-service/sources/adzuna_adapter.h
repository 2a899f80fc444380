#pragma once

#include "scraper-service/sources/adapter.h"

namespace jobmesh::scraper::sources {

// Adzuna's search API, whose url holds {page} and the keys:
//   https://api.adzuna.com/v1/api/jobs/gb/search/{page}?app_id=${ID}&app_key=${KEY}
//   &results_per_page=50
// Descriptions are the beginning of the text only, with search words in <strong>. Salaries that
// Adzuna predicted are left out: nobody stated them. They are yearly, in the currency of the
// country that the url names.
class AdzunaAdapter final : public Adapter {
 public:
  Outcome Crawl(const SourceConfig& source, fetch::Fetcher& fetcher, PostingSink& sink,
                CrawlContext& context) const override;
};

}  // namespace jobmesh::scraper::sources
