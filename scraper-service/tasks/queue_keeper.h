#pragma once

#include <set>
#include <string>
#include <thread>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "runtime/lifecycle/part.h"
#include "scraper-service/tasks/doorbell.h"
#include "scraper-service/tasks/queue_repository.h"
#include "scraper-service/tasks/task_metrics.h"

namespace jobmesh::scraper::tasks {

// Keeps the queues moving, in every process, whether it works or only answers: makes ready what has
// become due or has a place now, takes runs from workers that died, shows how much waits. A thread
// of its own that looks every second, and when the bell rings. All of it may be done by any number
// of processes at once.
class QueueKeeper : public runtime::lifecycle::Part {
 public:
  // `lease`: how long workers keep their runs; see kLease.
  QueueKeeper(QueueRepository& queues, Doorbell& doorbell, TaskMetrics& metrics,
              absl::Duration lease);
  ~QueueKeeper() override;

  std::string name() const override { return "queue-keeper"; }
  absl::Status Start() override;
  void Stop() override;

 private:
  void Run();
  // Sets `more` when it found something.
  absl::Status Dispatch(bool& more);
  absl::Status Sweep();
  // Time until something may have to be done.
  absl::Duration UntilNext();

  QueueRepository& queues_;
  Doorbell& doorbell_;
  TaskMetrics& metrics_;
  const absl::Duration lease_;
  std::set<std::string> shown_ = {"default"};  // queues whose counts are shown, at 0 when empty
  absl::Mutex mutex_;
  std::thread::id own_thread_ ABSL_GUARDED_BY(mutex_);  // whose rings are no news
  bool rung_ ABSL_GUARDED_BY(mutex_) = false;           // by others
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace jobmesh::scraper::tasks
