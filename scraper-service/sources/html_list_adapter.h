#pragma once

#include "scraper-service/sources/adapter.h"

namespace jobmesh::scraper::sources {

// Any HTML board that lists its postings, described by CSS selectors (css_selector.h). The url is
// the first page of the list; with {page} in it, pages are counted. Options, all texts:
//   item   the element of one posting in the list; required
//   next   the link to the next page of the list, where pages are not counted
//   empty  an element that stands on a list without postings: then it is empty, not changed
//   link, title, company, location, salary, experience, employment_type, remote, date, deadline,
//   id, description
//          where each field stands within the item; "a@href" is an attribute, "@id" the item's own.
//          link is "a@href" unless said otherwise
//   detail_title, detail_company, …, detail_description
//          the same on the posting's own page, which is fetched if there is any of them
class HtmlListAdapter final : public Adapter {
 public:
  std::vector<OptionSpec> options() const override;
  Outcome Crawl(const SourceConfig& source, fetch::Fetcher& fetcher, PostingSink& sink,
                CrawlContext& context) const override;
};

}  // namespace jobmesh::scraper::sources
