#include "scraper-service/sources/html_list_adapter.h"

#include <array>
#include <map>
#include <set>
#include <utility>

#include "scraper-service/fetch/url.h"
#include "scraper-service/sources/crawl_session.h"
#include "scraper-service/sources/css_selector.h"
#include "scraper-service/sources/json_fields.h"
#include "scraper-service/sources/links.h"
#include "scraper-service/sources/markup.h"

namespace jobmesh::scraper::sources {
namespace {

using Purpose = CrawlSession::Purpose;

// Option of a field, and the same of the detail page.
struct FieldName {
  std::string_view in_list;
  std::string_view in_detail;
};
constexpr std::array<FieldName, 11> kFields = {{
    {"title", "detail_title"},
    {"company", "detail_company"},
    {"location", "detail_location"},
    {"salary", "detail_salary"},
    {"experience", "detail_experience"},
    {"employment_type", "detail_employment_type"},
    {"remote", "detail_remote"},
    {"date", "detail_date"},
    {"deadline", "detail_deadline"},
    {"id", "detail_id"},
    {"description", "detail_description"},
}};

void SetField(std::string_view field, std::string text, RawPosting& posting) {
  if (text.empty()) return;
  if (field == "title")
    posting.title = std::move(text);
  else if (field == "company")
    posting.company = std::move(text);
  else if (field == "location")
    posting.location = std::move(text);
  else if (field == "salary")
    posting.salary_text = std::move(text);
  else if (field == "experience")
    posting.experience_text = std::move(text);
  else if (field == "employment_type")
    posting.employment_type_text = std::move(text);
  else if (field == "remote")
    posting.remote_text = std::move(text);
  else if (field == "date")
    posting.posted_text = std::move(text);
  else if (field == "deadline")
    posting.valid_through_text = std::move(text);
  else if (field == "id")
    posting.native_id = std::move(text);
  else
    SetDescription(posting, std::move(text));
}

// The selectors of a source.
class Selectors {
 public:
  // Errors: INVALID_ARGUMENT names the option.
  static absl::StatusOr<Selectors> Of(const SourceConfig& source) {
    Selectors selectors;
    for (const auto& [option, value] : source.options.items()) {
      auto parsed = ParseFieldSelector(value.get<std::string>());
      if (!parsed.ok()) {
        return absl::InvalidArgumentError("option " + option + ": " +
                                          std::string(parsed.status().message()));
      }
      selectors.by_option_[option] = *std::move(parsed);
    }
    if (!selectors.by_option_.contains("item")) {
      return absl::InvalidArgumentError("option item is missing");
    }
    selectors.by_option_.try_emplace("link", FieldSelector{".//a[@href]", "href"});
    return selectors;
  }

  const FieldSelector* Find(std::string_view option) const {
    const auto found = by_option_.find(option);
    return found == by_option_.end() ? nullptr : &found->second;
  }
  bool reads_details() const {
    for (const FieldName& field : kFields) {
      if (by_option_.contains(field.in_detail)) return true;
    }
    return false;
  }

  // The fields that stand under `from`; null = the document.
  void Read(const Document& document, xmlNode* from, bool detail, RawPosting& posting) const {
    for (const FieldName& field : kFields) {
      const FieldSelector* selector = Find(detail ? field.in_detail : field.in_list);
      if (selector == nullptr) continue;
      xmlNode* const node = document.First(selector->xpath.c_str(), from);
      if (!selector->attribute.empty()) {
        SetField(field.in_list, Attribute(node, selector->attribute.c_str()), posting);
      } else {
        const bool markup = field.in_list == "description";
        SetField(field.in_list, markup ? InnerHtml(node) : TextOf(node), posting);
      }
    }
  }

 private:
  std::map<std::string, FieldSelector, std::less<>> by_option_;
};

// Goes over the pages of the list.
class ListReader {
 public:
  ListReader(CrawlSession& session, const Selectors& selectors)
      : session_(session), selectors_(selectors) {}

  void Run() {
    const auto& source = session_.source();
    const bool counted = HasPagePlaceholder(source.url);
    std::string url = counted ? PageUrl(source.url, 1) : source.url;
    for (int number = 1; !url.empty() && !session_.stopped(); ++number) {
      if (number > source.max_pages) {
        session_.Truncate("more listing pages than max_pages");
        return;
      }
      fetch::FetchResult page;
      if (number == 1) {
        auto fetched = session_.Fetch(url, Purpose::kLinks, kAcceptHtml);
        if (!fetched.ok()) return;
        page = *std::move(fetched);
      } else {
        auto fetched = session_.FetchNext(url, Purpose::kLinks, kAcceptHtml);
        if (!fetched) return;
        page = *std::move(fetched);
      }
      const auto [found, next] = TakeIn(page);
      if (found == 0) return;
      url = counted ? PageUrl(source.url, number + 1) : next;
    }
  }

  // Postings of the list that were not handed over, because their own pages have more to say.
  std::map<std::string, RawPosting>& waiting() { return waiting_; }

 private:
  struct Taken {
    int found = 0;  // postings not seen before
    std::string next;
  };

  Taken TakeIn(const fetch::FetchResult& page) {
    const auto document = Document::ParseHtml(page.body_utf8);
    const auto base = fetch::ParseUrl(page.final_url);
    if (!base.ok()) return {};
    visited_.insert(page.final_url);
    const FieldSelector* const empty = selectors_.Find("empty");
    if (empty != nullptr && document.First(empty->xpath.c_str()) != nullptr) session_.Recognise();
    Taken taken;
    for (xmlNode* item : document.Select(selectors_.Find("item")->xpath.c_str())) {
      session_.Recognise();
      RawPosting posting;
      const FieldSelector& link = *selectors_.Find("link");
      const auto url = fetch::ResolveUrl(
          *base, Attribute(document.First(link.xpath.c_str(), item),
                           link.attribute.empty() ? "href" : link.attribute.c_str()));
      if (url.ok()) posting.url = url->ToString();
      selectors_.Read(document, item, false, posting);
      const std::string key = posting.url.empty() ? posting.native_id : posting.url;
      if (!key.empty() && !seen_.insert(key).second) continue;
      ++taken.found;
      if (selectors_.reads_details() && url.ok() && url->Origin() == base->Origin()) {
        waiting_.emplace(posting.url, std::move(posting));
      } else {
        session_.Accept(page, std::move(posting));
      }
    }
    const FieldSelector* const next = selectors_.Find("next");
    if (next != nullptr) {
      const auto links = OwnLinks(*base, document.Select(next->xpath.c_str()));
      if (!links.empty() && !visited_.contains(links.front())) taken.next = links.front();
    }
    return taken;
  }

  CrawlSession& session_;
  const Selectors& selectors_;
  std::set<std::string> visited_;
  std::set<std::string> seen_;
  std::map<std::string, RawPosting> waiting_;
};

}  // namespace

std::vector<OptionSpec> HtmlListAdapter::options() const {
  std::vector<OptionSpec> specs;
  for (const char* name : {"item", "next", "empty", "link"}) {
    specs.push_back({name, OptionSpec::Type::kString});
  }
  for (const FieldName& field : kFields) {
    specs.push_back({field.in_list, OptionSpec::Type::kString});
    specs.push_back({field.in_detail, OptionSpec::Type::kString});
  }
  return specs;
}

Outcome HtmlListAdapter::Crawl(const SourceConfig& source, fetch::Fetcher& fetcher,
                               PostingSink& sink, CrawlContext& context) const {
  CrawlSession session(source, fetcher, sink, context);
  const auto selectors = Selectors::Of(source);
  if (!selectors.ok()) {
    session.Fail(source.url, std::string(selectors.status().message()));
    return session.Finish();
  }
  ListReader list(session, *selectors);
  list.Run();
  std::vector<std::string> urls;
  for (const auto& [url, posting] : list.waiting()) urls.push_back(url);
  // A page that redirects is found under another address than the one it was asked for.
  session.FetchEach(urls, kAcceptHtml, [&](const std::string& url, const fetch::FetchResult& page) {
    RawPosting posting = list.waiting()[url];
    selectors->Read(Document::ParseHtml(page.body_utf8), nullptr, true, posting);
    session.Accept(page, std::move(posting));
  });
  return session.Finish();
}

}  // namespace jobmesh::scraper::sources
