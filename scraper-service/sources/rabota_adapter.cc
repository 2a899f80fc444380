#include "scraper-service/sources/rabota_adapter.h"

#include <set>
#include <utility>

#include "scraper-service/fetch/text.h"
#include "scraper-service/fetch/url.h"
#include "scraper-service/sources/crawl_session.h"
#include "scraper-service/sources/jsonld.h"
#include "scraper-service/sources/links.h"
#include "scraper-service/sources/markup.h"

namespace jobmesh::scraper::sources {
namespace {

using Purpose = CrawlSession::Purpose;

enum class Fact { kNone, kExperience, kSalary, kEmployment, kRemote, kLocation, kCompany };

struct Heading {
  std::string_view stem;  // lower case, without Romanian diacritics
  Fact fact;
};

// More telling stems first: "Locul de muncă" is a place, "Experiența de muncă" is not.
constexpr Heading kHeadings[] = {
    {"experien", Fact::kExperience},
    {"опыт", Fact::kExperience},
    {"стаж", Fact::kExperience},
    {"salari", Fact::kSalary},
    {"salary", Fact::kSalary},
    {"зарплат", Fact::kSalary},
    {"заработ", Fact::kSalary},
    {"program", Fact::kEmployment},
    {"grafic", Fact::kEmployment},
    {"norma", Fact::kEmployment},
    {"tip de angajare", Fact::kEmployment},
    {"график", Fact::kEmployment},
    {"занятост", Fact::kEmployment},
    {"schedule", Fact::kEmployment},
    {"employment", Fact::kEmployment},
    {"mod de lucru", Fact::kRemote},
    {"удален", Fact::kRemote},
    {"workplace", Fact::kRemote},
    {"orasul", Fact::kLocation},
    {"oras", Fact::kLocation},
    {"localitat", Fact::kLocation},
    {"locul de munc", Fact::kLocation},
    {"город", Fact::kLocation},
    {"location", Fact::kLocation},
    {"city", Fact::kLocation},
    {"compania", Fact::kCompany},
    {"компания", Fact::kCompany},
    {"angajator", Fact::kCompany},
};

std::string ReplaceAll(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// Lower case without Romanian diacritics; Cyrillic capitals at the start are lowered.
std::string HeadingKey(const std::string& heading) {
  std::string key = fetch::AsciiLower(heading);
  for (const auto& [from, to] :
       {std::pair("ă", "a"), {"â", "a"}, {"î", "i"}, {"ș", "s"}, {"ş", "s"}, {"ț", "t"}, {"ţ", "t"},
        {"Ă", "a"},          {"Â", "a"}, {"Î", "i"}, {"Ș", "s"}, {"Ş", "s"}, {"Ț", "t"}, {"Ţ", "t"},
        {"О", "о"},          {"С", "с"}, {"З", "з"}, {"Г", "г"}, {"К", "к"}, {"У", "у"}}) {
    key = ReplaceAll(std::move(key), from, to);
  }
  return key;
}

Fact FactOf(const std::string& heading) {
  const std::string key = HeadingKey(heading);
  for (const auto& known : kHeadings) {
    if (key.find(known.stem) != std::string::npos) return known.fact;
  }
  return Fact::kNone;
}

void SetFact(RawPosting& posting, Fact fact, std::string value) {
  switch (fact) {
    case Fact::kExperience:
      posting.experience_text = std::move(value);
      break;
    case Fact::kSalary:
      posting.salary_text = std::move(value);
      break;
    case Fact::kEmployment:
      posting.employment_type_text = std::move(value);
      break;
    case Fact::kRemote:
      posting.remote_text = std::move(value);
      break;
    case Fact::kLocation:
      posting.location = std::move(value);
      break;
    case Fact::kCompany:
      if (posting.company.empty()) posting.company = std::move(value);
      break;
    case Fact::kNone:
      break;
  }
}

// Rows of two texts, in the summary if it is there, otherwise wherever the posting has a row of two
// spans.
void ReadFacts(const Document& page, xmlNode* detail, RawPosting& posting) {
  auto rows = page.Select(".//*[" JOBMESH_HAS_CLASS("summary") "]//*[count(span) >= 2]", detail);
  if (rows.empty()) rows = page.Select(".//*[count(span) >= 2]", detail);
  for (xmlNode* row : rows) {
    const auto spans = page.Select("span", row);
    std::string value = TextOf(spans[1]);
    if (!value.empty()) SetFact(posting, FactOf(TextOf(spans[0])), std::move(value));
  }
}

void FillFrom(RawPosting other, RawPosting& posting) {
  const auto fill = [](auto& field, auto& from) {
    if (field.empty()) field = std::move(from);
  };
  const auto fill_absent = [](auto& field, auto& from) {
    if (!field) field = std::move(from);
  };
  fill(posting.native_id, other.native_id);
  fill(posting.title, other.title);
  fill(posting.company, other.company);
  fill(posting.location, other.location);
  fill(posting.tags, other.tags);
  if (posting.description.empty()) {
    posting.description = std::move(other.description);
    posting.description_format = other.description_format;
  }
  fill_absent(posting.salary_text, other.salary_text);
  fill_absent(posting.experience_text, other.experience_text);
  fill_absent(posting.posted_text, other.posted_text);
  fill_absent(posting.valid_through_text, other.valid_through_text);
  fill_absent(posting.employment_type_text, other.employment_type_text);
  fill_absent(posting.remote_text, other.remote_text);
  fill_absent(posting.salary, other.salary);
  fill_absent(posting.experience_months, other.experience_months);
  fill_absent(posting.place, other.place);
}

void ReadDescription(const Document& page, xmlNode* detail, RawPosting& posting) {
  xmlNode* content = nullptr;
  for (const char* xpath :
       {".//*[" JOBMESH_HAS_CLASS("vacancy-content") "]", ".//*[contains(@class,'description')]",
        ".//*[contains(@class,'content')]"}) {
    content = page.First(xpath, detail);
    if (content != nullptr) break;
  }
  posting.description = InnerHtml(content != nullptr ? content : detail);
  posting.description_format = RawPosting::Format::kHtml;
}

RawPosting ReadPosting(const fetch::FetchResult& fetched) {
  const auto page = Document::ParseHtml(fetched.body_utf8);
  RawPosting posting;
  posting.url = fetched.final_url;
  xmlNode* detail = page.First("//*[" JOBMESH_HAS_CLASS("vc_detail") "]");
  if (detail != nullptr) {
    posting.title = TextOf(page.First(".//h1", detail));
    posting.company = TextOf(page.First(".//*[contains(@class,'company-name')]", detail));
    if (xmlNode* id = page.First(".//*[contains(@class,'vacancy-id')]", detail)) {
      xmlNode* date = page.First("span", id);
      const std::string date_text = TextOf(date);
      if (!date_text.empty()) posting.posted_text = date_text;
      std::string id_text = TextOf(id);
      posting.native_id = LastNumber(id_text.substr(0, id_text.rfind(date_text)));
    }
    ReadFacts(page, detail, posting);
    ReadDescription(page, detail, posting);
  }
  const auto structured = FindJobPostings(page);
  if (!structured.postings.empty()) {
    FillFrom(PostingFromJobPosting(structured.postings.front(), fetched.final_url), posting);
  }
  if (posting.native_id.empty()) posting.native_id = LastNumber(fetched.final_url);
  return posting;
}

struct Cards {
  bool is_listing = false;
  std::vector<std::string> links;
};

Cards ReadCards(const fetch::FetchResult& fetched) {
  Cards cards;
  const auto page = Document::ParseHtml(fetched.body_utf8);
  const auto base = fetch::ParseUrl(fetched.final_url);
  std::vector<xmlNode*> anchors;
  for (xmlNode* card : page.Select("//*[" JOBMESH_HAS_CLASS("vacancyCardItem") "]")) {
    // The first link leads to the company, the second one to the posting.
    const auto links = page.Select(".//a[@href]", card);
    if (!links.empty()) anchors.push_back(links[links.size() > 1 ? 1 : 0]);
  }
  if (anchors.empty()) {
    anchors = page.Select("//a[@href and contains(@class,'vacancy')]");
  }
  cards.is_listing = !anchors.empty() || page.First("//*[contains(@class,'vacancy-list')]");
  if (base.ok()) cards.links = OwnLinks(*base, anchors);
  return cards;
}

std::vector<std::string> PostingUrls(CrawlSession& session) {
  std::vector<std::string> urls;
  std::set<std::string> seen;
  const auto listing = CountedListingOf(session.source().url);
  for (int number = listing.first; !session.stopped(); ++number) {
    if (number - listing.first >= session.source().max_pages) {
      session.Truncate("more listing pages than max_pages");
      break;
    }
    const std::string url = PageUrl(listing.pattern, number);
    std::optional<fetch::FetchResult> page;
    if (number > listing.first) {
      page = session.FetchNext(url, Purpose::kLinks, kAcceptHtml);
    } else if (auto first = session.Fetch(url, Purpose::kLinks, kAcceptHtml); first.ok()) {
      page = *std::move(first);
    }
    if (!page) break;
    auto cards = ReadCards(*page);
    if (!cards.is_listing) {
      if (number == listing.first)
        session.Fail(page->final_url, "no list of vacancies on the page");
      break;
    }
    session.Recognise();
    const auto before = urls.size();
    for (auto& link : cards.links) {
      if (seen.insert(link).second) urls.push_back(std::move(link));
    }
    // Some boards show their last page again for numbers beyond it.
    if (urls.size() == before) break;
  }
  return urls;
}

}  // namespace

Outcome RabotaAdapter::Crawl(const SourceConfig& source, fetch::Fetcher& fetcher, PostingSink& sink,
                             CrawlContext& context) const {
  CrawlSession session(source, fetcher, sink, context);
  const auto urls = PostingUrls(session);
  session.FetchEach(urls, kAcceptHtml, [&](const fetch::FetchResult& page) {
    RawPosting posting = ReadPosting(page);
    if (posting.title.empty()) {
      session.Fail(page.final_url, "neither a vacancy nor structured data on the page");
      return;
    }
    session.Accept(page, std::move(posting));
  });
  return session.Finish();
}

}  // namespace jobmesh::scraper::sources
