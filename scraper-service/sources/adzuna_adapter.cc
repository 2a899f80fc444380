#include "scraper-service/sources/adzuna_adapter.h"

#include "scraper-service/fetch/url.h"
#include "scraper-service/sources/json_list.h"
#include "scraper-service/sources/links.h"
#include "scraper-service/sources/markup.h"

namespace jobmesh::scraper::sources {
namespace {

using nlohmann::json;

// The currency of ".../jobs/{cc}/..."; empty for a country that Adzuna does not serve.
std::string CurrencyOf(std::string_view url) {
  constexpr std::pair<std::string_view, const char*> kCurrencies[] = {
      {"at", "EUR"}, {"au", "AUD"}, {"be", "EUR"}, {"br", "BRL"}, {"ca", "CAD"},
      {"ch", "CHF"}, {"de", "EUR"}, {"es", "EUR"}, {"fr", "EUR"}, {"gb", "GBP"},
      {"in", "INR"}, {"it", "EUR"}, {"mx", "MXN"}, {"nl", "EUR"}, {"nz", "NZD"},
      {"pl", "PLN"}, {"sg", "SGD"}, {"us", "USD"}, {"za", "ZAR"}};
  constexpr std::string_view kBefore = "/jobs/";
  const auto at = url.find(kBefore);
  if (at == std::string_view::npos) return {};
  const std::string_view country = url.substr(at + kBefore.size(), 2);
  for (const auto& [code, currency] : kCurrencies) {
    if (code == country) return currency;
  }
  return {};
}

// A text whose search words are marked.
std::string Plain(const std::string& text) {
  return HasTags(text) ? TextOf(Document::ParseHtml(text).root()) : UnescapeEntities(text);
}

void ReadPlace(const json& location, RawPosting& posting) {
  posting.location = TextField(location, "display_name");
  const auto area = TextList(Field(location, "area"));  // from the country down
  if (area.empty()) return;
  posting.place = RawPosting::Place{.city = area.size() > 1 ? area.back() : "",
                                    .region = area.size() > 2 ? area[1] : "",
                                    .country = area.front()};
}

void ReadSalary(const json& job, const std::string& currency, RawPosting& posting) {
  if (TextField(job, "salary_is_predicted") == "1" || currency.empty()) return;
  const auto stated = [&job](const char* name) {
    const auto amount = Number(Field(job, name));
    return amount && *amount > 0 ? amount : std::nullopt;
  };
  const auto min = stated("salary_min");
  const auto max = stated("salary_max");
  if (!min && !max) return;
  posting.salary =
      RawPosting::Salary{.min = min, .max = max, .currency = currency, .period = "YEAR"};
}

RawPosting ReadAdzunaPosting(const json& job, const std::string& currency) {
  RawPosting posting;
  posting.native_id = TextField(job, "id");
  posting.url = TextField(job, "redirect_url");
  posting.title = Plain(TextField(job, "title"));
  posting.company = TextField(Field(job, "company"), "display_name");
  ReadPlace(Field(job, "location"), posting);
  ReadSalary(job, currency, posting);
  // "permanent" says less than full or part time; "contract" says more.
  const auto type = Text(Field(job, "contract_type"));
  const auto time = Text(Field(job, "contract_time"));
  posting.employment_type_text = type == "contract" || !time ? type : time;
  posting.posted_text = Text(Field(job, "created"));
  SetDescription(posting, TextField(job, "description"));
  return posting;
}

}  // namespace

Outcome AdzunaAdapter::Crawl(const SourceConfig& source, fetch::Fetcher& fetcher, PostingSink& sink,
                             CrawlContext& context) const {
  CrawlSession session(source, fetcher, sink, context);
  const std::string currency = CurrencyOf(source.url);
  std::size_t seen = 0;
  for (int number = 1; !session.stopped(); ++number) {
    if (number > source.max_pages) {
      session.Truncate("more pages than max_pages");
      break;
    }
    const auto answer =
        ReadJsonList(session, PageUrl(source.url, number), CrawlSession::Purpose::kLinks, "results",
                     [&](const json& job) { return ReadAdzunaPosting(job, currency); });
    if (!answer) break;
    const std::size_t found = Field(*answer, "results").size();
    seen += found;
    const auto count = Number(Field(*answer, "count"));
    if (found == 0 || !count || static_cast<double>(seen) >= *count) break;
    if (!HasPagePlaceholder(source.url)) {
      session.Truncate("the url has no {page}");
      break;
    }
  }
  return session.Finish();
}

}  // namespace jobmesh::scraper::sources
