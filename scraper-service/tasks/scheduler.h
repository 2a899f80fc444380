#pragma once

#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/registry.h"

#include "runtime/lifecycle/part.h"
#include "scraper-service/tasks/doorbell.h"
#include "scraper-service/tasks/schedule_repository.h"

namespace jobmesh::scraper::tasks {

struct SchedulerOptions {
  std::string holder;                               // unique among all processes
  absl::Duration lease = absl::Seconds(10);         // after which another takes over
  absl::Duration retention = absl::Hours(24 * 30);  // of finished tasks
  std::vector<Schedule> standing;                   // put whenever this process begins to lead
  // What time it is, for schedules; the database's by default. Leases are always by the database.
  std::function<absl::StatusOr<absl::Time>()> now;
};

// Enqueues tasks by the clock and tidies up, in one process of the mesh at a time. Whoever leads
// holds a lease in the database; that a slot has one tick is the work of its unique row, whoever
// leads. A thread of its own.
class Scheduler : public runtime::lifecycle::Part {
 public:
  Scheduler(ScheduleRepository& schedules, Doorbell& doorbell, SchedulerOptions options,
            prometheus::Registry& metrics);
  ~Scheduler() override;

  bool leads() const;

  std::string name() const override { return "scheduler"; }
  absl::Status Start() override;
  // Another process takes over at once.
  void Drain(absl::Time deadline) override;
  void Stop() override;

 private:
  void Run();
  absl::Status Turn();
  absl::Status PutStanding();
  absl::Status TickAll(const Leadership& leadership);
  absl::Status TickOne(const Leadership& leadership, const DueSchedule& due, absl::Time now);
  void TidyNowAndThen();

  ScheduleRepository& schedules_;
  Doorbell& doorbell_;
  const SchedulerOptions options_;
  prometheus::Gauge& leads_gauge_;
  prometheus::Counter& ticks_;
  bool standing_put_ = false;  // the thread's, as the next
  absl::Time next_tidy_ = absl::InfinitePast();
  mutable absl::Mutex mutex_;
  bool leads_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace jobmesh::scraper::tasks
