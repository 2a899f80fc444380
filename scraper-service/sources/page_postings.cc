#include "scraper-service/sources/page_postings.h"

#include <utility>

#include "scraper-service/sources/jsonld.h"
#include "scraper-service/sources/markup.h"

namespace jobmesh::scraper::sources {
namespace {

std::string HeadingOf(const Document& page) {
  if (std::string heading = TextOf(page.First("//h1")); !heading.empty()) return heading;
  std::string shared = Attribute(page.First("//meta[@property='og:title']"), "content");
  return shared.empty() ? TextOf(page.First("//title")) : shared;
}

// The element that holds the posting's text. The frame of a site, its menus and footers, lies
// outside of it on most pages.
xmlNode* MainPart(const Document& page) {
  for (const char* path : {"//main", "//*[@role='main']", "//article", "//body"}) {
    xmlNode* const node = page.First(path);
    if (!TextOf(node).empty()) return node;
  }
  return page.root();
}

}  // namespace

std::vector<RawPosting> PostingsOfPage(const std::string& html, const std::string& page_url) {
  const Document page = Document::ParseHtml(html);
  std::vector<RawPosting> postings;
  for (const auto& job : FindJobPostings(page).postings) {
    postings.push_back(PostingFromJobPosting(job, page_url));
  }
  if (!postings.empty()) return postings;
  xmlNode* const main = MainPart(page);
  if (TextOf(main).empty()) return postings;
  RawPosting posting;
  posting.url = page_url;
  posting.title = HeadingOf(page);
  posting.description = InnerHtml(main);
  posting.description_format = RawPosting::Format::kHtml;
  postings.push_back(std::move(posting));
  return postings;
}

}  // namespace jobmesh::scraper::sources
