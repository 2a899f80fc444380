#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "runtime/lifecycle/part.h"
#include "scraper-service/fetch/cancel_token.h"
#include "scraper-service/tasks/doorbell.h"
#include "scraper-service/tasks/lease_repository.h"
#include "scraper-service/tasks/task_metrics.h"
#include "scraper-service/tasks/task_run.h"

namespace jobmesh::scraper::tasks {

struct WorkerOptions {
  std::string worker_id;             // unique among all processes, also among those before
  std::map<std::string, int> slots;  // tasks at once, by queue
  // Tasks taken beyond free slots, for queues of very short tasks; they are given back at a drain.
  int prefetch = 0;
  // Most runs ended by one statement; 1 for measurements.
  int completion_batch = 500;
};

// Runs tasks. One thread takes tasks for all queues, one a slot runs them, one ends runs in
// batches, one keeps the lease and looks whether runs are to stop. A process that loses the
// database for as long as its lease stops its runs, because others may have them by then. Register
// before Start; everything else is thread-safe.
class Worker : public runtime::lifecycle::Part {
 public:
  Worker(LeaseRepository& leases, Doorbell& doorbell, TaskMetrics& metrics, WorkerOptions options);
  ~Worker() override;

  // Tasks of an operation that has no handler are given back after a pause, for other workers.
  void Register(const std::string& operation, Handler handler);
  // Runs under way, tasks that wait for a slot included.
  int running() const;
  // One line a run, for /tasksz.
  std::string Describe() const;

  std::string name() const override { return "task-worker"; }
  absl::Status Start() override;
  // Takes no more tasks. Runs may end until half of the time is over, then they are asked to stop;
  // what has not ended before the deadline is given back without costing an attempt.
  void Drain(absl::Time deadline) override;
  void Stop() override;

 private:
  enum class StopReason { kNone, kCancelled, kDraining, kLost };

  // A task this process has, from claiming it until its end is written.
  struct Run {
    Task task;
    fetch::CancelToken cancel;
    absl::Time claim_time;
    bool started = false;                   // guarded by mutex_
    StopReason reason = StopReason::kNone;  // guarded by mutex_
    Lease lease() const { return {task.id, task.lease_token}; }
  };
  // One queue, as far as this process serves it; all guarded by mutex_ but the first two.
  struct Lane {
    std::string queue;
    int slots = 0;
    std::deque<std::shared_ptr<Run>> waiting;
    int running = 0;
    bool woken = true;  // there may be tasks
  };

  void ClaimLoop();
  bool ClaimFor(Lane& lane);
  int Wanted(const Lane& lane) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SlotLoop(Lane& lane);
  Outcome Execute(Run& run);
  void End(const std::shared_ptr<Run>& run, Outcome outcome);
  absl::StatusOr<std::string> Write(Run& run, Outcome& outcome);
  void CompletionLoop();
  void CompleteBatch(const std::vector<std::pair<std::shared_ptr<Run>, std::string>>& batch);
  void LeaseLoop();
  void KeepLease();
  void CompareRuns();
  void Forget(Run& run, const std::string& end);
  void StopRuns(StopReason reason, absl::FunctionRef<bool(const Run&)> which);
  void GiveBack(const std::vector<std::shared_ptr<Run>>& runs, absl::Duration pause);
  // Runs `write` until it does not fail for want of the database, or the process must end.
  absl::Status Persist(absl::FunctionRef<absl::Status()> write);

  LeaseRepository& leases_;
  Doorbell& doorbell_;
  TaskMetrics& metrics_;
  const WorkerOptions options_;
  std::vector<std::string> queues_;
  std::map<std::string, Handler> handlers_;
  std::vector<std::unique_ptr<Lane>> lanes_;

  mutable absl::Mutex mutex_;
  std::map<std::pair<std::string, int64_t>, std::shared_ptr<Run>> runs_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::pair<std::shared_ptr<Run>, std::string>> completed_ ABSL_GUARDED_BY(mutex_);
  absl::Time heartbeat_time_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();  // steady
  bool may_claim_ ABSL_GUARDED_BY(mutex_) = false;  // heartbeat_time_ is recent
  bool look_ ABSL_GUARDED_BY(mutex_) = false;       // some run may be asked to stop
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;   // no more claims
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;   // threads end when they have nothing left
  // Runs of ours by the database that this process does not know, when they were seen first.
  std::map<std::pair<std::string, int64_t>, absl::Time> strangers_;  // the lease thread's

  std::thread claimer_;
  std::thread completer_;
  std::thread lease_keeper_;
  std::vector<std::thread> slots_;
};

}  // namespace jobmesh::scraper::tasks
