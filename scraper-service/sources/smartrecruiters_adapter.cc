#include "scraper-service/sources/smartrecruiters_adapter.h"

#include "absl/strings/str_cat.h"

#include "scraper-service/sources/json_list.h"

namespace jobmesh::scraper::sources {
namespace {

using nlohmann::json;

constexpr int kSmartRecruitersPageSize = 100;

RawPosting ReadSmartRecruitersPosting(const json& job) {
  RawPosting posting;
  posting.native_id = TextField(job, "id");
  posting.title = TextField(job, "name");
  posting.company = TextField(Field(job, "company"), "name");
  const std::string company_id = TextField(Field(job, "company"), "identifier");
  posting.url = TextField(job, "postingUrl");
  if (posting.url.empty()) {
    posting.url = "https://jobs.smartrecruiters.com/" + company_id + "/" + posting.native_id;
  }
  const json& location = Field(job, "location");
  posting.place = RawPosting::Place{.city = TextField(location, "city"),
                                    .region = TextField(location, "region"),
                                    .country = TextField(location, "country")};
  for (const auto* part : {&posting.place->city, &posting.place->region, &posting.place->country}) {
    if (!part->empty()) posting.location += (posting.location.empty() ? "" : ", ") + *part;
  }
  const json& remote = Field(location, "remote");
  if (remote.is_boolean() && remote.get<bool>()) posting.remote_text = "remote";
  posting.employment_type_text = Text(Field(Field(job, "typeOfEmployment"), "label"));
  posting.seniority_text = Text(Field(Field(job, "experienceLevel"), "label"));
  posting.posted_text = Text(Field(job, "releasedDate"));
  std::string description;
  const json& sections = Field(Field(job, "jobAd"), "sections");
  for (const char* name :
       {"companyDescription", "jobDescription", "qualifications", "additionalInformation"}) {
    const json& section = Field(sections, name);
    const std::string text = TextField(section, "text");
    if (text.empty()) continue;
    description += "<h3>" + TextField(section, "title") + "</h3>\n" + text + "\n";
  }
  SetDescription(posting, std::move(description));
  return posting;
}

}  // namespace

Outcome SmartRecruitersAdapter::Crawl(const SourceConfig& source, fetch::Fetcher& fetcher,
                                      PostingSink& sink, CrawlContext& context) const {
  CrawlSession session(source, fetcher, sink, context);
  const std::string list = source.url.substr(0, source.url.find('?'));
  std::vector<std::string> job_urls;
  for (int number = 0; !session.stopped(); ++number) {
    if (number == source.max_pages) {
      session.Truncate("more pages than max_pages");
      break;
    }
    const std::string url =
        WithParameter(WithParameter(source.url, "limit", std::to_string(kSmartRecruitersPageSize)),
                      "offset", std::to_string(number * kSmartRecruitersPageSize));
    const auto page = session.Fetch(url, CrawlSession::Purpose::kLinks, "application/json");
    if (!page.ok()) break;
    const auto answer = json::parse(page->body_utf8, nullptr, /*allow_exceptions=*/false);
    const json& content = Field(answer, "content");
    if (!content.is_array()) {
      session.Fail(page->final_url, "no \"content\" array");
      break;
    }
    session.Recognise();
    for (const auto& job : content) {
      const std::string id = TextField(job, "id");
      if (!id.empty()) job_urls.push_back(absl::StrCat(list, "/", id));
    }
    if (content.size() < kSmartRecruitersPageSize) break;
  }
  session.FetchEach(job_urls, "application/json", [&](const fetch::FetchResult& page) {
    const auto job = json::parse(page.body_utf8, nullptr, /*allow_exceptions=*/false);
    if (job.is_object()) {
      session.Accept(page, ReadSmartRecruitersPosting(job));
    } else {
      session.Fail(page.final_url, "not a posting");
    }
  });
  return session.Finish();
}

}  // namespace jobmesh::scraper::sources
