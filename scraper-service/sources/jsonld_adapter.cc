#include "scraper-service/sources/jsonld_adapter.h"

#include <set>
#include <utility>

#include "scraper-service/fetch/url.h"
#include "scraper-service/sources/crawl_session.h"
#include "scraper-service/sources/jsonld.h"
#include "scraper-service/sources/links.h"
#include "scraper-service/sources/markup.h"
#include "scraper-service/sources/sitemap.h"

namespace jobmesh::scraper::sources {
namespace {

using Purpose = CrawlSession::Purpose;

constexpr char kHtmlOrXml[] = "text/html, application/xhtml+xml, application/xml";

// Takes the postings of a page in; false when it holds none.
bool TakePostings(CrawlSession& session, const fetch::FetchResult& page, const Document& document) {
  const auto found = FindJobPostings(document);
  for (const auto& broken : found.broken) {
    session.Fail(page.final_url, "structured data cannot be parsed: " + broken);
  }
  for (const auto& job : found.postings) {
    session.Accept(page, PostingFromJobPosting(job, page.final_url));
  }
  return !found.postings.empty() || !found.broken.empty();
}

// Goes over listing pages and gathers the links of their postings.
class Listing {
 public:
  Listing(CrawlSession& session, std::string filter)
      : session_(session), filter_(std::move(filter)) {}

  void Read(fetch::FetchResult page) {
    for (int number = 1;; ++number) {
      const std::string next = TakeIn(page);
      if (next.empty() || session_.stopped()) return;
      if (number >= session_.source().max_pages) {
        session_.Truncate("more listing pages than max_pages");
        return;
      }
      auto fetched = session_.Fetch(next, Purpose::kLinks, kAcceptHtml);
      if (!fetched.ok()) return;
      page = *std::move(fetched);
    }
  }

  // The pages of a url with a placeholder, until one brings nothing new.
  void Count(fetch::FetchResult page) {
    for (int number = 2;; ++number) {
      const auto before = links_.size();
      TakeIn(page);
      if (links_.size() == before || session_.stopped()) return;
      if (number > session_.source().max_pages) {
        session_.Truncate("more listing pages than max_pages");
        return;
      }
      auto fetched =
          session_.FetchNext(PageUrl(session_.source().url, number), Purpose::kLinks, kAcceptHtml);
      if (!fetched) return;
      page = *std::move(fetched);
    }
  }

  const std::vector<std::string>& links() const { return links_; }

 private:
  // Gathers the links of a page; the address of the next page, or "".
  std::string TakeIn(const fetch::FetchResult& page) {
    visited_.insert(page.final_url);
    const auto document = Document::ParseHtml(page.body_utf8);
    TakePostings(session_, page, document);
    const auto base = fetch::ParseUrl(page.final_url);
    if (!base.ok()) return {};
    const auto next_links =
        OwnLinks(*base, document.Select("//a[@rel='next'] | //link[@rel='next']"));
    const std::string next = next_links.empty() ? "" : next_links.front();
    for (auto& link : OwnLinks(*base, document.Select("//a[@href and not(@rel='next')]"))) {
      const bool wanted = filter_.empty() || link.find(filter_) != std::string::npos;
      if (wanted && !visited_.contains(link) && seen_.insert(link).second) {
        links_.push_back(std::move(link));
      }
    }
    return visited_.contains(next) ? "" : next;
  }

  CrawlSession& session_;
  const std::string filter_;
  std::set<std::string> visited_;
  std::set<std::string> seen_;
  std::vector<std::string> links_;
};

std::vector<std::string> Filtered(std::vector<std::string> urls, const std::string& filter) {
  std::erase_if(urls, [&](const std::string& url) { return url.find(filter) == url.npos; });
  return urls;
}

// The URLs of the pages that may hold postings.
std::vector<std::string> PostingUrls(CrawlSession& session, const std::string& url) {
  const auto& source = session.source();
  const std::string filter = source.StringOption("link_contains");
  const bool counted = HasPagePlaceholder(url);
  auto page = session.Fetch(counted ? PageUrl(url, 1) : url, Purpose::kLinks, kHtmlOrXml);
  if (!page.ok()) return {};
  if (IsSitemap(page->body_utf8)) return Filtered(SitemapUrls(session, *page), filter);
  Listing listing(session, filter);
  if (counted) {
    listing.Count(*std::move(page));
  } else {
    listing.Read(*std::move(page));
  }
  return listing.links();
}

}  // namespace

std::vector<OptionSpec> JsonLdAdapter::options() const {
  return {{"link_contains", OptionSpec::Type::kString}, {"from_robots", OptionSpec::Type::kBool}};
}

Outcome JsonLdAdapter::Crawl(const SourceConfig& source, fetch::Fetcher& fetcher, PostingSink& sink,
                             CrawlContext& context) const {
  CrawlSession session(source, fetcher, sink, context);
  std::vector<std::string> entries = {source.url};
  if (source.BoolOption("from_robots")) {
    entries = fetcher.Sitemaps(source.url, {.cancel = context.cancel, .delay = source.delay});
    if (entries.empty()) session.Fail(source.url, "robots.txt names no sitemap");
  }
  std::vector<std::string> urls;
  std::set<std::string> seen;
  for (const auto& entry : entries) {
    for (auto& url : PostingUrls(session, entry)) {
      if (seen.insert(url).second) urls.push_back(std::move(url));
    }
  }
  session.FetchEach(urls, kAcceptHtml, [&](const fetch::FetchResult& page) {
    TakePostings(session, page, Document::ParseHtml(page.body_utf8));
  });
  return session.Finish();
}

}  // namespace jobmesh::scraper::sources
