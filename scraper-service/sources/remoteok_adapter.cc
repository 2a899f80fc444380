#include "scraper-service/sources/remoteok_adapter.h"

#include "scraper-service/sources/json_list.h"

namespace jobmesh::scraper::sources {
namespace {

using nlohmann::json;

// Zero stands for "not stated".
std::optional<double> YearlyDollars(const json& value) {
  const auto amount = Number(value);
  return amount && *amount > 0 ? amount : std::nullopt;
}

std::optional<RawPosting> ReadRemoteOkPosting(const json& job) {
  if (job.contains("legal") && !job.contains("position")) return std::nullopt;
  RawPosting posting;
  posting.native_id = TextField(job, "id");
  posting.url = TextField(job, "url");
  posting.title = TextField(job, "position");
  posting.company = TextField(job, "company");
  posting.location = TextField(job, "location");
  posting.remote_text = "remote";
  posting.posted_text = Text(Field(job, "date"));
  posting.tags = TextList(Field(job, "tags"));
  SetDescription(posting, TextField(job, "description"));
  const auto min = YearlyDollars(Field(job, "salary_min"));
  const auto max = YearlyDollars(Field(job, "salary_max"));
  if (min || max) {
    posting.salary =
        RawPosting::Salary{.min = min, .max = max, .currency = "USD", .period = "YEAR"};
  }
  return posting;
}

}  // namespace

Outcome RemoteOkAdapter::Crawl(const SourceConfig& source, fetch::Fetcher& fetcher,
                               PostingSink& sink, CrawlContext& context) const {
  CrawlSession session(source, fetcher, sink, context);
  ReadJsonList(session, source.url, CrawlSession::Purpose::kPostings, nullptr, ReadRemoteOkPosting);
  return session.Finish();
}

}  // namespace jobmesh::scraper::sources
