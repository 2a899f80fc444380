#include "scraper-service/sources/usajobs_adapter.h"

#include "scraper-service/sources/json_list.h"

namespace jobmesh::scraper::sources {
namespace {

using nlohmann::json;

constexpr int kUsaJobsPageSize = 500;  // the most that the API gives

std::string PeriodOf(const std::string& code) {
  return code == "PA"   ? "YEAR"
         : code == "PH" ? "HOUR"
         : code == "PD" ? "DAY"
         : code == "PM" ? "MONTH"
                        : "";
}

const json& FirstIn(const json& list) {
  static const json& none = *new json();
  return list.is_array() && !list.empty() ? list.front() : none;
}

void ReadRemuneration(const json& pay, RawPosting& posting) {
  const std::string period = PeriodOf(TextField(pay, "RateIntervalCode"));
  const auto min = Number(Field(pay, "MinimumRange"));
  const auto max = Number(Field(pay, "MaximumRange"));
  if (period.empty() || (min.value_or(0) <= 0 && max.value_or(0) <= 0)) return;
  posting.salary = RawPosting::Salary{.min = min, .max = max, .currency = "USD", .period = period};
}

void ReadPlaces(const json& places, RawPosting& posting) {
  if (!places.is_array()) return;
  for (const auto& place : places) {
    const std::string name = TextField(place, "LocationName");
    if (!name.empty()) posting.location += (posting.location.empty() ? "" : "; ") + name;
  }
  const json& first = FirstIn(places);
  if (!first.is_object()) return;
  std::string city = TextField(first, "CityName");
  city = city.substr(0, city.find(','));  // "Denver, Colorado"
  posting.place = RawPosting::Place{.city = city,
                                    .region = TextField(first, "CountrySubDivisionCode"),
                                    .country = TextField(first, "CountryCode")};
}

std::string Description(const json& job, const json& details) {
  std::string text;
  const auto add = [&text](const char* heading, const std::string& part) {
    if (!part.empty()) text += std::string("<h3>") + heading + "</h3>\n<p>" + part + "</p>\n";
  };
  add("Summary", TextField(details, "JobSummary"));
  const json& duties = Field(details, "MajorDuties");
  if (duties.is_array()) {
    for (const auto& duty : duties) add("Duties", Text(duty).value_or(""));
  } else {
    add("Duties", Text(duties).value_or(""));
  }
  add("Qualifications", TextField(job, "QualificationSummary"));
  add("Education", TextField(details, "Education"));
  add("Requirements", TextField(details, "Requirements"));
  return text;
}

std::optional<RawPosting> ReadUsaJobsPosting(const json& item) {
  const json& job = Field(item, "MatchedObjectDescriptor");
  const json& details = Field(Field(job, "UserArea"), "Details");
  RawPosting posting;
  posting.native_id = TextField(item, "MatchedObjectId");
  if (posting.native_id.empty()) posting.native_id = TextField(job, "PositionID");
  posting.url = TextField(job, "PositionURI");
  posting.title = TextField(job, "PositionTitle");
  posting.company = TextField(job, "OrganizationName");
  ReadPlaces(Field(job, "PositionLocation"), posting);
  ReadRemuneration(FirstIn(Field(job, "PositionRemuneration")), posting);
  posting.employment_type_text = Text(Field(FirstIn(Field(job, "PositionSchedule")), "Name"));
  const json& remote = Field(details, "RemoteIndicator");
  if (remote.is_boolean() && remote.get<bool>()) posting.remote_text = "remote";
  posting.posted_text = Text(Field(job, "PublicationStartDate"));
  posting.valid_through_text = Text(Field(job, "ApplicationCloseDate"));
  SetDescription(posting, Description(job, details));
  return posting;
}

}  // namespace

Outcome UsaJobsAdapter::Crawl(const SourceConfig& source, fetch::Fetcher& fetcher,
                              PostingSink& sink, CrawlContext& context) const {
  CrawlSession session(source, fetcher, sink, context);
  const std::string search =
      WithParameter(source.url, "ResultsPerPage", std::to_string(kUsaJobsPageSize));
  double seen = 0;
  for (int number = 1; !session.stopped(); ++number) {
    if (number > source.max_pages) {
      session.Truncate("more pages than max_pages");
      break;
    }
    fetch::FetchResult page;
    const auto answer = session.FetchJson(WithParameter(search, "Page", std::to_string(number)),
                                          CrawlSession::Purpose::kLinks, page);
    if (!answer) break;
    const json& result = Field(*answer, "SearchResult");
    const json& items = Field(result, "SearchResultItems");
    ReadList(session, page, items, ReadUsaJobsPosting);
    if (!items.is_array() || items.empty()) break;
    seen += static_cast<double>(items.size());
    if (seen >= Number(Field(result, "SearchResultCountAll")).value_or(0)) break;
  }
  return session.Finish();
}

}  // namespace jobmesh::scraper::sources
