#include "scraper-service/crawl/source_repository.h"

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "scraper_sql.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "runtime/timestamp.h"

namespace jobmesh::scraper {
namespace {

namespace postgres = runtime::postgres;
namespace v1 = jobmesh::scraping::v1;

absl::Status LeaseLost() { return absl::AbortedError("another replica has taken the source over"); }

std::string CountsJson(const v1::Run& run) {
  return nlohmann::json{{"fetched", run.fetched()}, {"unchanged", run.unchanged()},
                        {"parsed", run.parsed()},   {"failed", run.failed()},
                        {"created", run.created()}, {"updated", run.updated()},
                        {"closed", run.closed()}}
      .dump();
}

v1::Run RunOf(const pqxx::row& row) {
  v1::Run run;
  run.set_outcome(row["last_outcome"].c_str());
  run.set_message(row["last_message"].c_str());
  const nlohmann::json counts = nlohmann::json::parse(row["last_counts"].c_str(), nullptr, false);
  const auto count = [&counts](const char* name) {
    return counts.is_object() ? counts.value(name, 0) : 0;
  };
  run.set_fetched(count("fetched"));
  run.set_unchanged(count("unchanged"));
  run.set_parsed(count("parsed"));
  run.set_failed(count("failed"));
  run.set_created(count("created"));
  run.set_updated(count("updated"));
  run.set_closed(count("closed"));
  return run;
}

void SetTime(const pqxx::field& field,
             const std::function<google::protobuf::Timestamp*()>& timestamp) {
  std::optional<absl::Time> time;
  if (!field.is_null() && (time = postgres::ParseTimestamp(field.c_str()))) {
    *timestamp() = runtime::ToTimestamp(*time);
  }
}

}  // namespace

absl::Status SourceRepository::Ensure(const std::string& source) {
  return pool_.Execute(sql::kEnsureSource, source).status();
}

absl::StatusOr<std::optional<Fence>> SourceRepository::Claim(const std::string& source,
                                                             bool by_schedule,
                                                             absl::Duration lease) {
  ASSIGN_OR_RETURN(pqxx::result claimed,
                   pool_.Execute(sql::kClaimSource, source, lease, by_schedule));
  if (claimed.empty()) {
    return std::optional<Fence>();
  }
  return std::optional<Fence>(
      {.source = source, .lease_token = claimed[0]["lease_token"].as<int64_t>()});
}

absl::Status SourceRepository::Extend(const Fence& fence, absl::Duration lease) {
  ASSIGN_OR_RETURN(pqxx::result extended,
                   pool_.Execute(sql::kExtendLease, fence.source, fence.lease_token, lease));
  return extended.empty() ? LeaseLost() : absl::OkStatus();
}

absl::Status SourceRepository::Finish(const Fence& fence, const v1::Run& run,
                                      absl::Duration until_next) {
  const std::vector<std::string> samples(run.samples().begin(), run.samples().end());
  ASSIGN_OR_RETURN(pqxx::result finished,
                   pool_.Execute(sql::kFinishRun, fence.source, fence.lease_token, until_next,
                                 run.outcome(), run.message(), CountsJson(run), samples));
  return finished.empty() ? LeaseLost() : absl::OkStatus();
}

absl::Status SourceRepository::GiveUp(const Fence& fence) {
  return pool_.Execute(sql::kGiveUpRun, fence.source, fence.lease_token).status();
}

absl::StatusOr<std::map<std::string, std::string>> SourceRepository::FindRunPages(
    const std::string& source) {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kFindRunPages, source));
  std::map<std::string, std::string> pages;
  for (const pqxx::row& row : rows) {
    pages.emplace(row["url"].c_str(), row["page_url"].c_str());
  }
  return pages;
}

absl::Status SourceRepository::PutRunPages(
    const Fence& fence, const std::vector<std::pair<std::string, std::string>>& pages) {
  std::vector<std::string> urls;
  std::vector<std::string> found;
  for (const auto& [url, page_url] : pages) {
    urls.push_back(url);
    found.push_back(page_url);
  }
  return urls.empty()
             ? absl::OkStatus()
             : pool_.Execute(sql::kPutRunPages, fence.source, fence.lease_token, urls, found)
                   .status();
}

absl::StatusOr<std::string> SourceRepository::RequestRun(const std::string& source) {
  ASSIGN_OR_RETURN(pqxx::result requested, pool_.Execute(sql::kRequestRun, source));
  if (requested.empty()) {
    return runtime::Error(absl::StatusCode::kNotFound, runtime::ErrorReason::SOURCE_NOT_FOUND,
                          absl::StrCat("There is no source ", source), {{"source", source}});
  }
  return std::string(requested[0]["request_time"].c_str());
}

absl::StatusOr<std::optional<v1::Run>> SourceRepository::FinishedRun(
    const std::string& source, const std::string& request_time) {
  ASSIGN_OR_RETURN(pqxx::result state,
                   pool_.Execute(sql::kRequestedRunState, source, request_time));
  if (state.empty() || state[0]["done"].is_null() || !state[0]["done"].as<bool>()) {
    return std::optional<v1::Run>();
  }
  return std::optional<v1::Run>(RunOf(state[0]));
}

absl::StatusOr<std::map<std::string, v1::Source>> SourceRepository::List() {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kListSourceStates));
  std::map<std::string, v1::Source> sources;
  for (const pqxx::row& row : rows) {
    v1::Source& source = sources[row["source"].c_str()];
    source.set_name(row["source"].c_str());
    source.set_running(!row["running"].is_null() && row["running"].as<bool>());
    source.set_open_postings(row["open_postings"].as<int>());
    if (!row["last_outcome"].is_null()) {
      *source.mutable_last_run() = RunOf(row);
      for (std::string& sample : postgres::ParseTextArray(row["last_samples"].c_str())) {
        source.mutable_last_run()->add_samples(std::move(sample));
      }
      SetTime(row["last_start_time"],
              [&] { return source.mutable_last_run()->mutable_start_time(); });
      SetTime(row["last_end_time"], [&] { return source.mutable_last_run()->mutable_end_time(); });
    }
    SetTime(row["last_success_time"], [&] { return source.mutable_last_success_time(); });
    SetTime(row["next_run_time"], [&] { return source.mutable_next_run_time(); });
  }
  return sources;
}

absl::StatusOr<std::optional<fetch::Validators>> SourceRepository::FindValidators(
    const std::string& url) {
  ASSIGN_OR_RETURN(pqxx::result found, pool_.Execute(sql::kFindValidators, url));
  if (found.empty()) {
    return std::optional<fetch::Validators>();
  }
  return std::optional<fetch::Validators>(
      {.etag = found[0]["etag"].c_str(), .last_modified = found[0]["last_modified"].c_str()});
}

absl::Status SourceRepository::PutValidators(
    const std::map<std::string, fetch::Validators>& validators) {
  std::vector<std::string> urls;
  std::vector<std::string> etags;
  std::vector<std::string> dates;
  for (const auto& [url, value] : validators) {
    urls.push_back(url);
    etags.push_back(value.etag);
    dates.push_back(value.last_modified);
  }
  return urls.empty() ? absl::OkStatus()
                      : pool_.Execute(sql::kPutValidators, urls, etags, dates).status();
}

}  // namespace jobmesh::scraper
