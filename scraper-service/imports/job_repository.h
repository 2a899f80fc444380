#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "jobmesh/imports/v1/import_jobs.pb.h"
#include "runtime/postgres/pool.h"
#include "scraper-service/imports/job_auth.h"
#include "scraper-service/imports/job_request.h"
#include "scraper-service/tasks/idempotency.h"
#include "scraper-service/tasks/task_repository.h"

namespace jobmesh::scraper::imports {

// Which jobs a list holds; what is empty filters nothing.
struct JobFilter {
  std::vector<std::string> statuses;
  std::vector<std::string> operations;
  bool only_unfinished = false;
  std::string after;  // id: only those created later
  int limit = 0;      // 0 = all
};

// A change of a job by somebody outside; what is absent stays.
struct JobChange {
  std::optional<std::string> status;  // one of kStatuses
  std::optional<std::string> description;
  std::optional<std::string> log;
};

// Import jobs: tasks of family 002, of which a target has one unfinished at most. Thread-safe.
class JobRepository {
 public:
  // `start_delay`: time in which a new job can still be seen waiting, and be changed, before a
  // worker takes it.
  JobRepository(runtime::postgres::Pool& pool, tasks::TaskRepository& tasks,
                absl::Duration start_delay)
      : pool_(pool), tasks_(tasks), start_delay_(start_delay) {}

  // One result for each job, in order: the first of two for one target wins. With a key in `once`,
  // a repeated request gets the answer of the first.
  absl::StatusOr<jobmesh::imports::v1::CreateJobsResponse> Create(
      const std::vector<JudgedJob>& judged, const Creator& creator,
      const tasks::IdempotentRequest& once, bool bump_enabled);

  absl::StatusOr<std::vector<jobmesh::imports::v1::Job>> List(const JobFilter& filter);
  // Jobs about a target, and releases that name it.
  absl::StatusOr<std::vector<jobmesh::imports::v1::Job>> ListOfTarget(const std::string& target);
  // NOT_FOUND.
  absl::StatusOr<jobmesh::imports::v1::Job> Get(const std::string& id);
  // NOT_FOUND; FAILED_PRECONDITION when it is completed or failed.
  absl::Status Update(const std::string& id, const JobChange& change);

  absl::StatusOr<std::vector<jobmesh::imports::v1::Target>> ListTargets();
  // Whether an unfinished job imports the dataset's file.
  absl::StatusOr<bool> IsImporting(const std::string& dataset);

 private:
  absl::StatusOr<std::vector<jobmesh::imports::v1::Job>> JobsOf(const pqxx::result& rows);

  runtime::postgres::Pool& pool_;
  tasks::TaskRepository& tasks_;
  const absl::Duration start_delay_;
};

}  // namespace jobmesh::scraper::imports
