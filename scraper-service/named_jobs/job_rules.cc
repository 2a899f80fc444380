#include "scraper-service/named_jobs/job_rules.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <utility>

#include "scraper-service/field_problems.h"

namespace jobmesh::scraper::named_jobs {
namespace {

namespace v1 = jobmesh::named_jobs::v1;

// What is wrong with a body.
class Problems : public FieldProblems {
 public:
  Problems() : FieldProblems("body") {}

  // Of document 002's POST /jobs, one letter away.
  void CheckPath(const v1::CreateJobRequest& request) {
    const std::initializer_list<std::pair<const char*, bool>> others = {
        {"jobs", request.has_jobs()},
        {"operation", request.has_operation()},
        {"target", request.has_target()}};
    for (const auto& [field, given] : others) {
      if (given) {
        Add(field, "value_error", "is not known here: import jobs go to POST /jobs");
      }
    }
  }

  void CheckUser(const char* field, const std::string& user) {
    CheckText(field, user);
    if (user.empty() || IsJobId(user)) {
      Add(field, "value_error", "must not be empty, nor look like the id of a job");
    }
  }
  void CheckTime(const char* field, double seconds) {
    if (!std::isfinite(seconds) || seconds < 0 || seconds > kLongestSeconds) {
      Add(field, "value_error", "must be a number of seconds between 0 and 86400");
    }
  }
};

}  // namespace

bool IsJobId(std::string_view text) {
  return text.size() == 24 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

absl::StatusOr<NewJob> CheckExecution(const v1::JobExecution& job) {
  Problems problems;
  job.has_job_name() ? problems.CheckText("job_name", job.job_name())
                     : problems.Missing("job_name");
  job.has_user_id() ? problems.CheckUser("user_id", job.user_id()) : problems.Missing("user_id");
  job.has_estimated_time() ? problems.CheckTime("estimated_time", job.estimated_time())
                           : problems.Missing("estimated_time");
  problems.CheckText("description", job.description());
  if (absl::Status status = problems.status(); !status.ok()) {
    return status;
  }
  return NewJob{
      .name = job.job_name(),
      .description = job.has_description() ? std::optional(job.description()) : std::nullopt,
      .estimated_time = job.estimated_time(),
      .user_id = job.user_id()};
}

absl::StatusOr<NewJob> CheckRecord(const v1::CreateJobRequest& request) {
  Problems problems;
  problems.CheckPath(request);
  request.has_name() ? problems.CheckText("name", request.name()) : problems.Missing("name");
  request.has_estimated_time() ? problems.CheckTime("estimated_time", request.estimated_time())
                               : problems.Missing("estimated_time");
  request.has_user_id() ? problems.CheckUser("user_id", request.user_id())
                        : problems.Missing("user_id");
  problems.CheckText("description", request.description());
  problems.CheckText("status", request.status());
  if (absl::Status status = problems.status(); !status.ok()) {
    return status;
  }
  return NewJob{.name = request.name(),
                .description =
                    request.has_description() ? std::optional(request.description()) : std::nullopt,
                .estimated_time = request.estimated_time(),
                .user_id = request.user_id()};
}

absl::StatusOr<JobChange> CheckChange(const v1::UpdateJobRequest& request) {
  Problems problems;
  problems.CheckText("name", request.name());
  problems.CheckText("description", request.description());
  problems.CheckText("status", request.status());
  if (request.has_estimated_time()) {
    problems.CheckTime("estimated_time", request.estimated_time());
  }
  if (absl::Status status = problems.status(); !status.ok()) {
    return status;
  }
  JobChange change;
  if (request.has_name()) {
    change.name = request.name();
  }
  if (request.has_description()) {
    change.description = request.description();
  }
  if (request.has_estimated_time()) {
    change.estimated_time = request.estimated_time();
  }
  if (request.has_status()) {
    change.status = request.status();
  }
  return change;
}

}  // namespace jobmesh::scraper::named_jobs
