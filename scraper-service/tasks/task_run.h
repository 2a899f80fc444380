#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"

#include "scraper-service/fetch/cancel_token.h"
#include "scraper-service/tasks/lease_repository.h"
#include "scraper-service/tasks/outcome.h"
#include "scraper-service/tasks/task.h"

namespace jobmesh::scraper::tasks {

// What a handler has in hand while it runs a task. Used by one thread at a time. Its writes are
// fenced: after the lease was lost they answer ABORTED and `cancel` is set.
class TaskRun {
 public:
  TaskRun(const Task& task, LeaseRepository& leases, fetch::CancelToken& cancel)
      : task_(task), leases_(leases), cancel_(cancel) {}

  // As it was claimed: without times.
  const Task& task() const { return task_; }
  // Set when the run should stop soon: somebody cancelled the task, the process is about to stop,
  // or the lease is lost. Then clean up and return Outcome::Stop(); the worker knows which it was.
  // A handler that completes nevertheless has completed.
  const fetch::CancelToken& cancel() const { return cancel_; }

  // Shows a finer state, progress in 0..1, or both; commits at once.
  absl::Status SetPhase(const std::string& phase);
  absl::Status SetProgress(double progress);
  // Appends lines to the task's log; commits at once.
  absl::Status Log(const std::string& line) { return LogAll({line}); }
  absl::Status LogAll(const std::vector<std::string>& lines);
  // Writes of the handler's own that do not end the run; commits at once.
  absl::Status Write(const LeaseRepository::Writes& writes);

  // For external calls: the same in every run of the task, so that the other side can tell a
  // repetition.
  const std::string& idempotency_key() const { return task_.id; }

 private:
  absl::Status Check(absl::Status status);

  const Task& task_;
  LeaseRepository& leases_;
  fetch::CancelToken& cancel_;
};

// Runs tasks of one operation; called by several threads at once. Must return soon after
// `cancel` was set. An exception counts as a failure that is tried again.
using Handler = std::function<Outcome(TaskRun&)>;

}  // namespace jobmesh::scraper::tasks
