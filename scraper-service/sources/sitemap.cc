#include "scraper-service/sources/sitemap.h"

#include <deque>
#include <set>

#include "scraper-service/fetch/text.h"
#include "scraper-service/fetch/url.h"
#include "scraper-service/sources/markup.h"

namespace jobmesh::scraper::sources {
namespace {

// The protocol allows 50,000 in one file; a run over more would not end within its schedule.
constexpr std::size_t kMaxUrls = 200'000;
constexpr std::size_t kRootWindow = 2048;

struct SitemapFile {
  bool is_index = false;
  std::vector<std::string> locations;
};

std::optional<SitemapFile> ReadSitemap(const fetch::FetchResult& page) {
  const auto document = Document::ParseXml(page.body_utf8);
  if (!document) return std::nullopt;
  const auto root = LocalName(document->root());
  if (root != "sitemapindex" && root != "urlset") return std::nullopt;
  SitemapFile file{.is_index = root == "sitemapindex", .locations = {}};
  const auto base = fetch::ParseUrl(page.final_url);
  for (xmlNode* entry : ChildElements(document->root())) {
    for (xmlNode* field : ChildElements(entry)) {
      if (LocalName(field) != "loc" || !base.ok()) continue;
      const auto url = fetch::ResolveUrl(*base, TextOf(field));
      if (url.ok()) file.locations.push_back(url->ToString());
    }
  }
  return file;
}

}  // namespace

bool IsSitemap(std::string_view body) {
  const auto start = body.substr(0, kRootWindow);
  return start.find("<sitemapindex") != std::string_view::npos ||
         start.find("<urlset") != std::string_view::npos;
}

std::vector<std::string> SitemapUrls(CrawlSession& session, const fetch::FetchResult& first) {
  std::vector<std::string> urls;
  std::set<std::string> seen_urls;
  std::set<std::string> seen_files = {first.final_url};
  std::deque<std::string> waiting;
  const auto take_in = [&](const fetch::FetchResult& page) {
    const auto file = ReadSitemap(page);
    if (!file) {
      session.Fail(page.final_url, "not a sitemap");
      return;
    }
    session.Recognise();
    for (const auto& location : file->locations) {
      if (file->is_index) {
        if (seen_files.insert(location).second) waiting.push_back(location);
      } else if (urls.size() < kMaxUrls && seen_urls.insert(location).second) {
        urls.push_back(location);
      }
    }
  };
  take_in(first);
  for (int files = 1; !waiting.empty() && !session.stopped(); ++files) {
    if (files >= session.source().max_pages) {
      session.Truncate("more sitemaps than max_pages");
      break;
    }
    const std::string url = waiting.front();
    waiting.pop_front();
    const auto page =
        session.Fetch(url, CrawlSession::Purpose::kLinks, "application/xml, text/xml, */*;q=0.1");
    if (page.ok()) take_in(*page);
  }
  if (urls.size() == kMaxUrls) session.Truncate("more URLs in sitemaps than a run reads");
  return urls;
}

}  // namespace jobmesh::scraper::sources
