#include "scraper-service/tasks/queue_repository.h"

#include "scraper_sql.h"

#include "runtime/status_macros.h"
#include "scraper-service/tasks/task_id.h"
#include "scraper-service/tasks/task_repository.h"
#include "scraper-service/tasks/task_row.h"

namespace jobmesh::scraper::tasks {
namespace {

namespace postgres = runtime::postgres;
using postgres::Tx;

Maintenance MaintenanceOf(const pqxx::row& row) {
  return {.msg = row[0].c_str(),
          .paused = *row[1].c_str() == 't',
          .time = postgres::ParseTimestamp(row[2].c_str()).value_or(absl::InfinitePast())};
}

void AddQueues(const pqxx::result& rows, std::set<std::string>& queues) {
  for (const pqxx::row& row : rows) {
    queues.insert(row["queue"].c_str());
  }
}

std::optional<int> OrNothing(int number) {
  return number > 0 ? std::optional(number) : std::nullopt;
}

}  // namespace

absl::StatusOr<std::set<std::string>> QueueRepository::Dispatch() {
  std::set<std::string> queues;
  ASSIGN_OR_RETURN(pqxx::result promoted, pool_.Execute(sql::kPromoteDelayedTasks));
  AddQueues(promoted, queues);
  RETURN_IF_ERROR(pool_.Execute(sql::kHoldBackFreshTasks).status());
  RETURN_IF_ERROR(pool_.InTransaction([&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(pqxx::result open, tx.Execute(sql::kLockOpenLimits));
    if (open.empty()) {
      return absl::OkStatus();
    }
    std::vector<std::string> keys;
    for (const pqxx::row& row : open) {
      keys.emplace_back(row[0].c_str());
    }
    ASSIGN_OR_RETURN(pqxx::result admitted, tx.Execute(sql::kAdmitTasks, keys));
    AddQueues(admitted, queues);
    return absl::OkStatus();
  }));
  return queues;
}

absl::StatusOr<absl::Duration> QueueRepository::UntilNextDelayed() {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kUntilNextDelayedTask));
  return rows[0][0].is_null() ? absl::InfiniteDuration() : absl::Seconds(rows[0][0].as<double>());
}

absl::StatusOr<QueueRepository::Rescued> QueueRepository::Rescue(absl::Duration lease) {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kRescueTasks, lease));
  Rescued rescued;
  for (const pqxx::row& row : rows) {
    ++rescued.count;
    rescued.discarded += std::string_view(row["state"].c_str()) == "discarded" ? 1 : 0;
  }
  AddQueues(rows, rescued.queues);
  ASSIGN_OR_RETURN(pqxx::result freed, pool_.Execute(sql::kFreeStaleSlots));
  return rescued;
}

absl::StatusOr<Maintenance> QueueRepository::NoteMaintenanceIn(Tx& tx, const std::string& msg,
                                                               bool paused) {
  ASSIGN_OR_RETURN(pqxx::result rows, tx.Execute(sql::kNoteMaintenance, msg, paused));
  return MaintenanceOf(rows[0]);
}

absl::StatusOr<Maintenance> QueueRepository::NoteMaintenance(const std::string& msg, bool paused) {
  return pool_.InTransaction([&](Tx& tx) { return NoteMaintenanceIn(tx, msg, paused); });
}

absl::StatusOr<std::vector<Maintenance>> QueueRepository::MaintenanceHistory(int limit) {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kMaintenanceHistory, limit));
  std::vector<Maintenance> history;
  for (const pqxx::row& row : rows) {
    history.push_back(MaintenanceOf(row));
  }
  return history;
}

absl::Status QueueRepository::SetPaused(const std::string& queue, bool paused) {
  return pool_.Execute(sql::kSetQueuePaused, queue, paused).status();
}

absl::Status QueueRepository::SetLimit(const TaskLimit& limit) {
  return pool_
      .Execute(sql::kSetTaskLimit, limit.key, OrNothing(limit.max_running),
               OrNothing(limit.rate_per_minute))
      .status();
}

absl::StatusOr<std::vector<QueueCounts>> QueueRepository::Counts() {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kCountQueues));
  std::vector<QueueCounts> counts;
  for (const pqxx::row& row : rows) {
    counts.push_back({.queue = row[0].c_str(),
                      .ready = row[1].as<int64_t>(),
                      .delayed = row[2].as<int64_t>(),
                      .blocked = row[3].as<int64_t>(),
                      .running = row[4].as<int64_t>(),
                      .dead = row[5].as<int64_t>(),
                      .oldest = absl::Seconds(row[6].as<double>())});
  }
  return counts;
}

absl::StatusOr<std::vector<WorkerState>> QueueRepository::Workers() {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kListTaskWorkers));
  std::vector<WorkerState> workers;
  for (const pqxx::row& row : rows) {
    workers.push_back(
        {.worker_id = row[0].c_str(),
         .alive = *row[1].c_str() == 't',
         .start_time = postgres::ParseTimestamp(row[2].c_str()).value_or(absl::InfinitePast()),
         .queues = postgres::ParseTextArray(row[3].c_str()),
         .running = row[4].as<int64_t>()});
  }
  return workers;
}

absl::StatusOr<std::vector<Task>> QueueRepository::DeadLetters(const std::string& queue,
                                                               const std::string& after,
                                                               int limit) {
  std::optional<std::string> after_uuid;
  if (!after.empty()) {
    after_uuid = UuidOfTask(after);
    if (!after_uuid) {
      return TaskNotFound(after);
    }
  }
  ASSIGN_OR_RETURN(
      pqxx::result rows,
      pool_.Execute(sql::kListDeadTasks, queue.empty() ? std::nullopt : std::optional(queue),
                    after_uuid, limit));
  std::vector<Task> tasks;
  for (const pqxx::row& row : rows) {
    tasks.push_back(TaskOf(row));
  }
  return tasks;
}

}  // namespace jobmesh::scraper::tasks
