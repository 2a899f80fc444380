#include "scraper-service/sources/arbeitnow_adapter.h"

#include "scraper-service/sources/json_list.h"

namespace jobmesh::scraper::sources {
namespace {

using nlohmann::json;

RawPosting ReadArbeitnowPosting(const json& job) {
  RawPosting posting;
  posting.native_id = TextField(job, "slug");
  posting.url = TextField(job, "url");
  posting.title = TextField(job, "title");
  posting.company = TextField(job, "company_name");
  posting.location = TextField(job, "location");
  const json& remote = Field(job, "remote");
  if (remote.is_boolean() && remote.get<bool>()) posting.remote_text = "remote";
  posting.employment_type_text = JoinedText(Field(job, "job_types"));
  posting.tags = TextList(Field(job, "tags"));
  SetDescription(posting, TextField(job, "description"));
  // Seconds; refinement reads milliseconds.
  if (const auto seconds = Number(Field(job, "created_at"))) {
    posting.posted_text = std::to_string(static_cast<long long>(*seconds * 1000));
  }
  return posting;
}

}  // namespace

Outcome ArbeitnowAdapter::Crawl(const SourceConfig& source, fetch::Fetcher& fetcher,
                                PostingSink& sink, CrawlContext& context) const {
  CrawlSession session(source, fetcher, sink, context);
  std::string url = source.url;
  for (int number = 0; !url.empty() && !session.stopped(); ++number) {
    if (number == source.max_pages) {
      session.Truncate("more pages than max_pages");
      break;
    }
    const auto answer =
        ReadJsonList(session, url, CrawlSession::Purpose::kLinks, "data",
                     [](const json& job) { return std::optional(ReadArbeitnowPosting(job)); });
    url = answer ? TextField(Field(*answer, "links"), "next") : "";
  }
  return session.Finish();
}

}  // namespace jobmesh::scraper::sources
