#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scraper-service/sources/crawl_session.h"

namespace jobmesh::scraper::sources {

// Whether a page is a sitemap or an index of sitemaps (sitemaps.org protocol).
bool IsSitemap(std::string_view body);

// The page URLs of a sitemap that was fetched, and of the sitemaps it lists (also gzip files), each
// once. At most the source's max_pages sitemaps are read; more, or one that cannot be read, is
// noted in the session.
std::vector<std::string> SitemapUrls(CrawlSession& session, const fetch::FetchResult& first);

}  // namespace jobmesh::scraper::sources
