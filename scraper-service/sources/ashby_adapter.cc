#include "scraper-service/sources/ashby_adapter.h"

#include "scraper-service/sources/json_list.h"

namespace jobmesh::scraper::sources {
namespace {

using nlohmann::json;

// The first salary among the components; equity and bonus are others.
void ReadCompensation(const json& compensation, RawPosting& posting) {
  const json& components = Field(compensation, "summaryComponents");
  if (components.is_array()) {
    for (const auto& component : components) {
      if (TextField(component, "compensationType") != "Salary") continue;
      posting.salary = RawPosting::Salary{.min = Number(Field(component, "minValue")),
                                          .max = Number(Field(component, "maxValue")),
                                          .currency = TextField(component, "currencyCode"),
                                          .period = SalaryPeriod(TextField(component, "interval"))};
      return;
    }
  }
  posting.salary_text = Text(Field(compensation, "compensationTierSummary"));
}

std::optional<RawPosting> ReadAshbyPosting(const json& job, const std::string& company) {
  const json& listed = Field(job, "isListed");
  if (listed.is_boolean() && !listed.get<bool>()) return std::nullopt;
  RawPosting posting;
  posting.native_id = TextField(job, "id");
  posting.url = TextField(job, "jobUrl");
  posting.title = TextField(job, "title");
  posting.company = company;
  posting.location = TextField(job, "location");
  const json& others = Field(job, "secondaryLocations");
  if (others.is_array()) {
    for (const auto& other : others) {
      const std::string place = TextField(other, "location");
      if (!place.empty()) posting.location += "; " + place;
    }
  }
  const json& address = Field(Field(job, "address"), "postalAddress");
  if (address.is_object()) {
    posting.place = RawPosting::Place{.city = TextField(address, "addressLocality"),
                                      .region = TextField(address, "addressRegion"),
                                      .country = TextField(address, "addressCountry")};
  }
  posting.employment_type_text = Text(Field(job, "employmentType"));
  posting.remote_text = Text(Field(job, "workplaceType"));
  const json& remote = Field(job, "isRemote");
  if (!posting.remote_text && remote.is_boolean() && remote.get<bool>()) {
    posting.remote_text = "remote";
  }
  posting.posted_text = Text(Field(job, "publishedAt"));
  std::string description = TextField(job, "descriptionHtml");
  SetDescription(posting, description.empty() ? TextField(job, "descriptionPlain") : description);
  ReadCompensation(Field(job, "compensation"), posting);
  return posting;
}

}  // namespace

std::vector<OptionSpec> AshbyAdapter::options() const {
  return {{"company", OptionSpec::Type::kString}};
}

Outcome AshbyAdapter::Crawl(const SourceConfig& source, fetch::Fetcher& fetcher, PostingSink& sink,
                            CrawlContext& context) const {
  CrawlSession session(source, fetcher, sink, context);
  const std::string company = source.StringOption("company");
  ReadJsonList(session, WithParameter(source.url, "includeCompensation", "true"),
               CrawlSession::Purpose::kPostings, "jobs",
               [&](const json& job) { return ReadAshbyPosting(job, company); });
  return session.Finish();
}

}  // namespace jobmesh::scraper::sources
