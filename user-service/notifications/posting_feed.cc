#include "user-service/notifications/posting_feed.h"

namespace jobmesh::user {
namespace {

constexpr absl::Duration kTransferTime = absl::Seconds(5);

std::string Rfc3339(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(time.seconds()),
                          absl::UTCTimeZone());
}

}  // namespace

absl::StatusOr<postings::v1::ReadChangesResponse> RpcPostingFeed::Read(const std::string& cursor,
                                                                       int max_changes,
                                                                       absl::Duration wait) {
  postings::v1::ReadChangesRequest request;
  request.set_cursor(cursor);
  request.set_max_changes(max_changes);
  request.set_wait_ms(static_cast<int>(absl::ToInt64Milliseconds(wait)));
  return scraper_.Call<postings::v1::ReadChangesResponse>(
      "jobmesh.postings.v1.ChangeFeed/ReadChanges", request,
      {.timeout = wait + kTransferTime, .idempotent = true, .as_mesh = true});
}

search::v1::Job JobOfPosting(const postings::v1::Posting& posting) {
  search::v1::Job job;
  job.set_job_id(posting.job_id());
  job.set_title(posting.title());
  job.set_company(posting.company());
  job.set_location(posting.location());
  job.set_description(posting.description());
  job.set_date_posted(
      Rfc3339(posting.has_posted_time() ? posting.posted_time() : posting.first_seen_time()));
  if (posting.has_salary()) {
    const postings::v1::Salary& salary = posting.salary();
    if (salary.has_min()) {
      job.set_salary_min(salary.min());
    }
    if (salary.has_max()) {
      job.set_salary_max(salary.max());
    }
    job.set_currency(salary.currency());
    job.set_salary_period(salary.period());
  }
  if (posting.has_experience()) {
    job.set_experience(posting.experience().min_years());
  }
  *job.mutable_skills() = posting.skills();
  job.set_link(posting.url());
  job.set_source(posting.source());
  if (posting.has_seniority()) {
    job.set_seniority(posting.seniority());
  }
  if (posting.has_employment_type()) {
    job.set_employment_type(posting.employment_type());
  }
  if (posting.has_remote_mode()) {
    job.set_remote_mode(posting.remote_mode());
  }
  return job;
}

}  // namespace jobmesh::user
