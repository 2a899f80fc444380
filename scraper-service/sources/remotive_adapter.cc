#include "scraper-service/sources/remotive_adapter.h"

#include "scraper-service/sources/json_list.h"

namespace jobmesh::scraper::sources {
namespace {

using nlohmann::json;

RawPosting ReadRemotivePosting(const json& job) {
  RawPosting posting;
  posting.native_id = TextField(job, "id");
  posting.url = TextField(job, "url");
  posting.title = TextField(job, "title");
  posting.company = TextField(job, "company_name");
  posting.location = TextField(job, "candidate_required_location");
  posting.remote_text = "remote";
  posting.employment_type_text = Text(Field(job, "job_type"));
  posting.posted_text = Text(Field(job, "publication_date"));
  posting.salary_text = Text(Field(job, "salary"));
  posting.tags = TextList(Field(job, "tags"));
  SetDescription(posting, TextField(job, "description"));
  return posting;
}

}  // namespace

Outcome RemotiveAdapter::Crawl(const SourceConfig& source, fetch::Fetcher& fetcher,
                               PostingSink& sink, CrawlContext& context) const {
  CrawlSession session(source, fetcher, sink, context);
  ReadJsonList(session, source.url, CrawlSession::Purpose::kPostings, "jobs",
               [](const json& job) { return std::optional(ReadRemotivePosting(job)); });
  return session.Finish();
}

}  // namespace jobmesh::scraper::sources
