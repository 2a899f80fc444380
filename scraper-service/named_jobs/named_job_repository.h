#pragma once

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "jobmesh/named_jobs/v1/named_jobs.pb.h"
#include "runtime/postgres/pool.h"
#include "scraper-service/named_jobs/job_rules.h"
#include "scraper-service/tasks/idempotency.h"
#include "scraper-service/tasks/task_repository.h"

namespace jobmesh::scraper::named_jobs {

// Jobs of document 004: tasks of that family with a row of their own, and rows without a task.
// Ids that are malformed or of another family are unknown. Thread-safe.
class NamedJobRepository {
 public:
  // Whether the caller may change what belongs to a user.
  using MayChange = absl::FunctionRef<absl::Status(const std::string& user_id)>;

  NamedJobRepository(runtime::postgres::Pool& pool, tasks::TaskRepository& tasks)
      : pool_(pool), tasks_(tasks) {}

  // Queues a job for `executor`; its id. With a key in `once`, a repeated request gets the id of
  // the first.
  absl::StatusOr<std::string> Execute(const NewJob& job, const std::string& executor,
                                      const tasks::IdempotentRequest& once);
  // Stores a record; its id.
  absl::StatusOr<std::string> Add(const NewJob& job, const std::string& status);

  // NOT_FOUND.
  absl::StatusOr<jobmesh::named_jobs::v1::Job> Get(const std::string& id);
  // By creation; `after` is an id, or "" for the first. At most 1,000.
  absl::StatusOr<std::vector<jobmesh::named_jobs::v1::Job>> ListOfUser(const std::string& user_id,
                                                                       const std::string& after);
  // NOT_FOUND; ABORTED where the status is not the client's; what `may_change` says.
  absl::StatusOr<jobmesh::named_jobs::v1::UpdateJobResponse> Update(const std::string& id,
                                                                    const JobChange& change,
                                                                    MayChange may_change);
  // Cancels it where it waits or runs. NOT_FOUND; what `may_change` says.
  absl::Status Delete(const std::string& id, MayChange may_change);

 private:
  runtime::postgres::Pool& pool_;
  tasks::TaskRepository& tasks_;
};

}  // namespace jobmesh::scraper::named_jobs
