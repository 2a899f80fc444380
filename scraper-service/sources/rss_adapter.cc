#include "scraper-service/sources/rss_adapter.h"

#include <utility>

#include "scraper-service/fetch/text.h"
#include "scraper-service/fetch/url.h"
#include "scraper-service/sources/crawl_session.h"
#include "scraper-service/sources/json_fields.h"
#include "scraper-service/sources/markup.h"

namespace jobmesh::scraper::sources {
namespace {

using Purpose = CrawlSession::Purpose;

constexpr char kFeed[] =
    "application/rss+xml, application/atom+xml, application/xml, text/xml;q=0.9, */*;q=0.1";

constexpr char kCompanyFirst[] = "company: title";

void SetIfEmpty(std::string& field, std::string value) {
  if (field.empty()) field = std::move(value);
}

void SetIfAbsent(std::optional<std::string>& field, std::string value) {
  if (!field && !value.empty()) field = std::move(value);
}

// The text of an element that may hold HTML: as markup of its own (XHTML), or escaped.
std::string MarkupText(xmlNode* node) {
  return ChildElements(node).empty() ? RawTextOf(node) : InnerHtml(node);
}

void ReadLink(xmlNode* node, RawPosting& posting) {
  const std::string relation = Attribute(node, "rel");
  if (!relation.empty() && relation != "alternate") return;
  const std::string href = Attribute(node, "href");
  SetIfEmpty(posting.url, href.empty() ? TextOf(node) : href);
}

// Categories are tags, except those that say to be something else.
void ReadCategory(xmlNode* node, RawPosting& posting) {
  std::string text = Attribute(node, "term");
  if (text.empty()) text = TextOf(node);
  for (const char* attribute : {"label", "scheme", "domain"}) {
    const std::string kind = fetch::AsciiLower(Attribute(node, attribute));
    if (kind.ends_with("location")) return SetIfEmpty(posting.location, std::move(text));
    if (kind.ends_with("company")) return SetIfEmpty(posting.company, std::move(text));
  }
  if (!text.empty()) posting.tags.push_back(std::move(text));
}

// Elements by local name, whatever the namespace: feeds add fields of their own, mostly under these
// names.
RawPosting ReadItem(xmlNode* item) {
  RawPosting posting;
  std::string full_content;
  std::string summary;
  std::string author;
  std::string updated;
  for (xmlNode* node : ChildElements(item)) {
    const std::string name = fetch::AsciiLower(LocalName(node));
    if (name == "title") {
      SetIfEmpty(posting.title, UnescapeEntities(TextOf(node)));
    } else if (name == "link") {
      ReadLink(node, posting);
    } else if (name == "guid" || name == "id") {
      SetIfEmpty(posting.native_id, TextOf(node));
    } else if (name == "encoded" || name == "content") {
      SetIfEmpty(full_content, MarkupText(node));
    } else if (name == "description" || name == "summary") {
      SetIfEmpty(summary, MarkupText(node));
    } else if (name == "pubdate" || name == "published" || name == "date") {
      SetIfAbsent(posting.posted_text, TextOf(node));
    } else if (name == "updated") {
      updated = TextOf(node);
    } else if (name == "category") {
      ReadCategory(node, posting);
    } else if (name == "company" || name == "company_name" || name == "employer") {
      SetIfEmpty(posting.company, TextOf(node));
    } else if (name == "creator" || name == "author") {
      const auto parts = ChildElements(node);
      SetIfEmpty(author, TextOf(parts.empty() ? node : parts.front()));
    } else if (name == "location" || name == "region" || name == "city") {
      SetIfEmpty(posting.location, TextOf(node));
    } else if (name == "type" || name == "job_type" || name == "jobtype") {
      SetIfAbsent(posting.employment_type_text, TextOf(node));
    } else if (name == "salary") {
      SetIfAbsent(posting.salary_text, TextOf(node));
    } else if (name == "expires_at" || name == "expires" || name == "expirationdate") {
      SetIfAbsent(posting.valid_through_text, TextOf(node));
    }
  }
  // RSS asks for an e-mail address as author; that is no company.
  if (author.find('@') == std::string::npos) SetIfEmpty(posting.company, author);
  SetIfAbsent(posting.posted_text, updated);
  SetDescription(posting, full_content.size() > summary.size() ? full_content : summary);
  return posting;
}

std::string_view SeparatorOf(const std::string& form) {
  if (form == kCompanyFirst) return ": ";
  if (form == "title at company") return " at ";
  if (form == "title - company") return " - ";
  return {};
}

// Splits a title that names the company too. One without the separator stays as it is.
void SplitTitle(const std::string& form, RawPosting& posting) {
  const std::string_view separator = SeparatorOf(form);
  if (separator.empty()) {
    // Whatever the form: what stands before the title and is the company's name is no part of it.
    const std::string prefix = posting.company + ": ";
    if (posting.title.size() > prefix.size() && posting.title.starts_with(prefix)) {
      posting.title.erase(0, prefix.size());
    }
    return;
  }
  const bool company_first = form == kCompanyFirst;
  const auto position =
      company_first ? posting.title.find(separator) : posting.title.rfind(separator);
  if (position == std::string::npos) return;
  const std::string left(fetch::TrimSpace(posting.title.substr(0, position)));
  const std::string right(fetch::TrimSpace(posting.title.substr(position + separator.size())));
  posting.title = company_first ? right : left;
  posting.company = company_first ? left : right;
}

bool IsFeed(const Document& feed) {
  const std::string root = fetch::AsciiLower(LocalName(feed.root()));
  return root == "rss" || root == "rdf" || root == "feed";
}

}  // namespace

std::vector<OptionSpec> RssAdapter::options() const {
  return {{"title_form", OptionSpec::Type::kString}, {"company", OptionSpec::Type::kString}};
}

Outcome RssAdapter::Crawl(const SourceConfig& source, fetch::Fetcher& fetcher, PostingSink& sink,
                          CrawlContext& context) const {
  CrawlSession session(source, fetcher, sink, context);
  const auto page = session.Fetch(source.url, Purpose::kPostings, kFeed);
  if (!page.ok() || page->not_modified) return session.Finish();
  const auto feed = Document::ParseXml(page->body_utf8);
  if (!feed || !IsFeed(*feed)) {
    session.Fail(page->final_url, "not a feed: " + page->body_utf8.substr(0, 80));
    return session.Finish();
  }
  session.Recognise();
  if (!feed->well_formed()) {
    session.Fail(page->final_url, "the feed is not well-formed XML and was read in part");
  }
  const auto base = fetch::ParseUrl(page->final_url);
  const std::string title_form = source.StringOption("title_form", "plain");
  for (xmlNode* item : feed->Select("//*[local-name()='item' or local-name()='entry']")) {
    RawPosting posting = ReadItem(item);
    SplitTitle(title_form, posting);
    SetIfEmpty(posting.company, source.StringOption("company"));
    if (base.ok() && !posting.url.empty()) {
      const auto url = fetch::ResolveUrl(*base, posting.url);
      posting.url = url.ok() ? url->ToString() : "";
    }
    session.Accept(*page, std::move(posting));
  }
  session.PageDone(*page);
  return session.Finish();
}

}  // namespace jobmesh::scraper::sources
