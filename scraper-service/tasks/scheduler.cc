#include "scraper-service/tasks/scheduler.h"

#include "absl/time/clock.h"

#include "runtime/status_macros.h"
#include "runtime/telemetry/log.h"
#include "scraper-service/tasks/cron.h"

namespace jobmesh::scraper::tasks {
namespace {

using runtime::telemetry::LogInfo;
using runtime::telemetry::LogWarn;

constexpr char kRole[] = "scheduler";
constexpr absl::Duration kTurn = absl::Seconds(1);
constexpr absl::Duration kTidy = absl::Hours(1);
constexpr absl::Duration kTidyAgain = absl::Minutes(1);
// How late a tick may be without being late.
constexpr absl::Duration kGrace = absl::Minutes(5);

}  // namespace

Scheduler::Scheduler(ScheduleRepository& schedules, Doorbell& doorbell, SchedulerOptions options,
                     prometheus::Registry& metrics)
    : schedules_(schedules),
      doorbell_(doorbell),
      options_(std::move(options)),
      leads_gauge_(prometheus::BuildGauge()
                       .Name("jobmesh_task_scheduler_leads")
                       .Help("1 in the process that enqueues tasks by the clock.")
                       .Register(metrics)
                       .Add({})),
      ticks_(prometheus::BuildCounter()
                 .Name("jobmesh_task_ticks_total")
                 .Help("Tasks that this process enqueued by the clock.")
                 .Register(metrics)
                 .Add({})) {}

Scheduler::~Scheduler() { Stop(); }

bool Scheduler::leads() const {
  absl::MutexLock lock(&mutex_);
  return leads_;
}

absl::Status Scheduler::Start() {
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

void Scheduler::Drain(absl::Time) { Stop(); }

void Scheduler::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) {
    thread_.join();
    schedules_.Resign(kRole, options_.holder).IgnoreError();  // otherwise the lease runs out
    leads_gauge_.Set(0);
  }
}

void Scheduler::Run() {
  while (true) {
    const absl::Status status = Turn();
    if (!status.ok()) {
      LogWarn("scheduler_turn_failed", {{"error.message", std::string(status.message())}});
    }
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kTurn)) {
      return;
    }
  }
}

absl::Status Scheduler::Turn() {
  absl::StatusOr<std::optional<Leadership>> leadership =
      schedules_.Lead(kRole, options_.holder, options_.lease);
  const bool leads = leadership.ok() && leadership->has_value();
  {
    absl::MutexLock lock(&mutex_);
    if (leads && !leads_) {
      LogInfo("scheduler_leads", {{"term", (*leadership)->term}});
    }
    leads_ = leads;
  }
  leads_gauge_.Set(leads ? 1 : 0);
  RETURN_IF_ERROR(leadership.status());
  if (!leads) {
    standing_put_ = false;
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(PutStanding());
  RETURN_IF_ERROR(TickAll(**leadership));
  TidyNowAndThen();
  return absl::OkStatus();
}

absl::Status Scheduler::PutStanding() {
  if (!standing_put_) {
    for (const Schedule& schedule : options_.standing) {
      RETURN_IF_ERROR(schedules_.Put(schedule));
    }
    standing_put_ = true;
  }
  return absl::OkStatus();
}

absl::Status Scheduler::TickAll(const Leadership& leadership) {
  ASSIGN_OR_RETURN(const absl::Time now, options_.now ? options_.now() : schedules_.Now());
  ASSIGN_OR_RETURN(std::vector<DueSchedule> due, schedules_.Due(now));
  absl::Status first_error;
  for (const DueSchedule& schedule : due) {
    absl::Status status = TickOne(leadership, schedule, now);
    if (absl::IsAborted(status)) {
      return status;
    }
    first_error.Update(status);  // one schedule does not hold up the others
  }
  return first_error;
}

absl::Status Scheduler::TickOne(const Leadership& leadership, const DueSchedule& due,
                                absl::Time now) {
  ASSIGN_OR_RETURN(const Cron cron, Cron::Parse(due.cron));
  const absl::Time next = cron.Next(now);
  if (!due.next_time) {
    return schedules_.Advance(due, next);
  }
  const absl::Time slot =
      cron.Latest(*due.next_time, now).value_or(*due.next_time);  // the last one that has passed
  if (due.catch_up == CatchUp::kSkip && now - slot > kGrace) {
    LogInfo("tick_skipped", {{"schedule", due.name}});
    return schedules_.Advance(due, next);
  }
  ASSIGN_OR_RETURN(std::optional<std::string> queue, schedules_.Tick(leadership, due, slot, next));
  if (queue) {
    ticks_.Increment();
    doorbell_.Ring(*queue);
  }
  return absl::OkStatus();
}

void Scheduler::TidyNowAndThen() {
  if (absl::Now() < next_tidy_) {
    return;
  }
  const absl::Status status = schedules_.Tidy(options_.retention);
  next_tidy_ = absl::Now() + (status.ok() ? kTidy : kTidyAgain);
  if (!status.ok()) {
    LogWarn("tasks_not_tidied", {{"error.message", std::string(status.message())}});
  }
}

}  // namespace jobmesh::scraper::tasks
