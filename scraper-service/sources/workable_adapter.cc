#include "scraper-service/sources/workable_adapter.h"

#include "scraper-service/sources/json_list.h"

namespace jobmesh::scraper::sources {
namespace {

using nlohmann::json;

RawPosting ReadWorkablePosting(const json& job, const std::string& company) {
  RawPosting posting;
  posting.native_id = TextField(job, "shortcode");
  posting.url = TextField(job, "url");
  if (posting.url.empty()) posting.url = TextField(job, "shortlink");
  posting.title = TextField(job, "title");
  posting.company = company;
  const json& location = Field(job, "location");
  const json& place = location.is_object() ? location : job;
  posting.place =
      RawPosting::Place{.city = TextField(place, "city"),
                        .region = TextField(place, location.is_object() ? "region" : "state"),
                        .country = TextField(place, "country")};
  for (const auto* part : {&posting.place->city, &posting.place->region, &posting.place->country}) {
    if (!part->empty()) posting.location += (posting.location.empty() ? "" : ", ") + *part;
  }
  const json& remote = Field(job, "telecommuting");
  if (remote.is_boolean() && remote.get<bool>()) posting.remote_text = "remote";
  posting.employment_type_text = Text(Field(job, "employment_type"));
  posting.seniority_text = Text(Field(job, "experience"));
  posting.posted_text = Text(Field(job, "published_on"));
  if (!posting.posted_text) posting.posted_text = Text(Field(job, "created_at"));
  std::string description = TextField(job, "full_description");
  SetDescription(posting, description.empty() ? TextField(job, "description") : description);
  return posting;
}

}  // namespace

Outcome WorkableAdapter::Crawl(const SourceConfig& source, fetch::Fetcher& fetcher,
                               PostingSink& sink, CrawlContext& context) const {
  CrawlSession session(source, fetcher, sink, context);
  fetch::FetchResult page;
  const auto account = session.FetchJson(WithParameter(source.url, "details", "true"),
                                         CrawlSession::Purpose::kPostings, page);
  if (!account) return session.Finish();
  // The name of the account is beside the list.
  const std::string company = TextField(*account, "name");
  ReadList(session, page, Field(*account, "jobs"),
           [&](const json& job) { return std::optional(ReadWorkablePosting(job, company)); });
  return session.Finish();
}

}  // namespace jobmesh::scraper::sources
