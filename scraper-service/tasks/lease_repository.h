#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "runtime/postgres/pool.h"
#include "scraper-service/tasks/task.h"

namespace jobmesh::scraper::tasks {

inline constexpr absl::Duration kHeartbeat = absl::Seconds(5);
inline constexpr absl::Duration kLease = absl::Seconds(20);

// The right to write for one run of a task. It is lost when the worker's lease has run out and the
// task was given to another, or when somebody outside took the task away.
struct Lease {
  std::string task_id;
  int64_t token = 0;
};

// A run that is over, with its result: JSON, or "".
struct CompletedRun {
  Lease lease;
  std::string result;
};

// A run as the database has it.
struct HeldLease {
  std::string task_id;
  int64_t token = 0;
  bool cancel_requested = false;
};

// Work that goes on in a later phase.
struct NextPhase {
  std::string queue;
  std::string phase;
  OnCrash on_crash = OnCrash::kRequeue;
};

// The queue for those who work: taking tasks, and the writes of their runs, each fenced by its
// lease. Thread-safe. Writes of a run answer ABORTED (TASK_LEASE_LOST) when its lease is lost; then
// nothing was written.
class LeaseRepository {
 public:
  // Makes the final writes of a run in a transaction; its result is the task's: JSON, or "".
  using Effects = std::function<absl::StatusOr<std::string>(runtime::postgres::Tx&)>;
  using Writes = std::function<absl::Status(runtime::postgres::Tx&)>;

  explicit LeaseRepository(runtime::postgres::Pool& pool) : pool_(pool) {}

  // Keeps the leases of all runs of the worker for `kLease` from now.
  absl::Status Heartbeat(const std::string& worker_id, const std::vector<std::string>& queues);
  // The worker is gone; runs it still has are rescued by the next sweep.
  absl::Status Forget(const std::string& worker_id);
  // Up to `limit` tasks of the queue, most urgent first. The worker must have a heartbeat. The
  // tasks come without times (see ClaimedTaskOf).
  absl::StatusOr<std::vector<Task>> Claim(const std::string& worker_id, const std::string& queue,
                                          int limit);
  // Every run that the worker has by the database.
  absl::StatusOr<std::vector<HeldLease>> Held(const std::string& worker_id);

  // Sets phase and progress (0..1) where given. Whether the run was asked to stop.
  absl::StatusOr<bool> Report(const Lease& lease, const std::optional<std::string>& phase,
                              std::optional<double> progress);
  absl::Status Log(const Lease& lease, const std::vector<std::string>& lines);
  // Writes that do not end the run, in a transaction of their own.
  absl::Status Write(const Lease& lease, const Writes& writes);

  // Ends runs; the ids of those that held their leases.
  absl::StatusOr<std::set<std::string>> Complete(const std::vector<CompletedRun>& runs);
  // The run's last writes and its end in one transaction: both or neither.
  absl::Status CompleteWith(const Lease& lease, const Effects& effects);
  // Likewise, going on in another phase. The result of `effects` is dropped; it may be null.
  absl::StatusOr<TaskState> Advance(const Lease& lease, const NextPhase& next,
                                    const Effects& effects);
  // The run failed. The task is tried again while it has attempts, unless `final`; after `pause`,
  // or as its law of retries says. What became of it.
  absl::StatusOr<TaskState> Fail(const Lease& lease, const std::string& error, bool final,
                                 std::optional<absl::Duration> pause);
  // Gives runs back, not to be started before `pause`. Costs no attempt. A run that was asked to
  // stop is cancelled by that. Lost leases are passed over; the queues concerned.
  absl::StatusOr<std::set<std::string>> Release(const std::vector<Lease>& leases,
                                                absl::Duration pause = absl::ZeroDuration());

 private:
  runtime::postgres::Pool& pool_;
};

}  // namespace jobmesh::scraper::tasks
