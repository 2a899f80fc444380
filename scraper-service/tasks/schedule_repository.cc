#include "scraper-service/tasks/schedule_repository.h"

#include "nlohmann/json.hpp"
#include "scraper_sql.h"

#include "runtime/status_macros.h"
#include "scraper-service/tasks/cron.h"
#include "scraper-service/tasks/spec_json.h"
#include "scraper-service/tasks/task_id.h"
#include "scraper-service/tasks/task_row.h"

namespace jobmesh::scraper::tasks {
namespace {

namespace postgres = runtime::postgres;
using postgres::Tx;

CatchUp CatchUpOf(const pqxx::field& field) {
  return std::string_view(field.c_str()) == "once" ? CatchUp::kOnce : CatchUp::kSkip;
}

// The spec of one tick, as an array.
std::string SpecsOfTick(const std::string& spec, absl::Time slot) {
  nlohmann::json json = nlohmann::json::parse(spec, nullptr, false);
  json["payload"]["slot_time"] = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", slot, absl::UTCTimeZone());
  return nlohmann::json::array({std::move(json)}).dump();
}

}  // namespace

absl::Status ScheduleRepository::Put(const Schedule& schedule) {
  RETURN_IF_ERROR(Cron::Parse(schedule.cron).status());
  RETURN_IF_ERROR(ValidateSpec(schedule.spec));
  return pool_
      .Execute(sql::kPutTaskSchedule, schedule.name, schedule.cron, SpecJson(schedule.spec, 0),
               schedule.catch_up == CatchUp::kOnce ? "once" : "skip", schedule.enabled)
      .status();
}

absl::Status ScheduleRepository::Remove(const std::string& name) {
  return pool_.Execute(sql::kRemoveTaskSchedule, name).status();
}

absl::Status ScheduleRepository::SetEnabled(const std::string& prefix, bool enabled) {
  return pool_.Execute(sql::kSetTaskSchedulesEnabled, prefix, enabled).status();
}

absl::StatusOr<std::vector<ScheduleState>> ScheduleRepository::List(const std::string& prefix) {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kListTaskSchedules, prefix));
  std::vector<ScheduleState> schedules;
  for (const pqxx::row& row : rows) {
    schedules.push_back({.name = row[0].c_str(),
                         .cron = row[1].c_str(),
                         .spec = row[8].c_str(),
                         .catch_up = CatchUpOf(row[2]),
                         .enabled = *row[3].c_str() == 't',
                         .next_time = TimeOf(row[4]),
                         .last_time = TimeOf(row[5]),
                         .last_task_id = PublicTaskId(row[6].c_str(), row[7].c_str())});
  }
  return schedules;
}

absl::StatusOr<absl::Time> ScheduleRepository::Now() {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kDatabaseTime));
  return postgres::ParseTimestamp(rows[0][0].c_str()).value_or(absl::InfinitePast());
}

absl::StatusOr<std::optional<Leadership>> ScheduleRepository::Lead(const std::string& role,
                                                                   const std::string& holder,
                                                                   absl::Duration lease) {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kLeadTasks, role, holder, lease));
  if (rows.empty()) {
    return std::optional<Leadership>();
  }
  return std::optional<Leadership>({role, holder, rows[0][0].as<int64_t>()});
}

absl::Status ScheduleRepository::Resign(const std::string& role, const std::string& holder) {
  return pool_.Execute(sql::kResignTaskLeadership, role, holder).status();
}

absl::StatusOr<std::vector<DueSchedule>> ScheduleRepository::Due(absl::Time now) {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kListDueTaskSchedules, now));
  std::vector<DueSchedule> due;
  for (const pqxx::row& row : rows) {
    due.push_back({.name = row[0].c_str(),
                   .cron = row[1].c_str(),
                   .spec = row[4].c_str(),
                   .catch_up = CatchUpOf(row[2]),
                   .next_time = TimeOf(row[3])});
  }
  return due;
}

absl::StatusOr<std::optional<std::string>> ScheduleRepository::Tick(const Leadership& leadership,
                                                                    const DueSchedule& due,
                                                                    absl::Time slot,
                                                                    absl::Time next) {
  return pool_.InTransaction([&](Tx& tx) -> absl::StatusOr<std::optional<std::string>> {
    ASSIGN_OR_RETURN(pqxx::result leads, tx.Execute(sql::kHoldTaskLeadership, leadership.role,
                                                    leadership.holder, leadership.term));
    if (leads.empty()) {
      return absl::AbortedError("another process leads");
    }
    std::optional<std::string> queue;
    std::optional<std::string> task_id;
    ASSIGN_OR_RETURN(pqxx::result ticked, tx.Execute(sql::kInsertTaskTick, due.name, slot));
    if (!ticked.empty()) {
      ASSIGN_OR_RETURN(pqxx::result rows,
                       tx.Execute(sql::kEnqueueTasks, SpecsOfTick(due.spec, slot)));
      if (*rows[0][1].c_str() == 't') {
        task_id = rows[0][0].c_str();
        queue = nlohmann::json::parse(due.spec).value("queue", "default");
        RETURN_IF_ERROR(tx.Execute(sql::kNoteTickTask, due.name, slot, task_id).status());
      }
    }
    RETURN_IF_ERROR(
        tx.Execute(sql::kAdvanceTaskSchedule, due.name, next, std::optional(slot), task_id)
            .status());
    return queue;
  });
}

absl::Status ScheduleRepository::Advance(const DueSchedule& due, absl::Time next) {
  return pool_.Execute(sql::kAdvanceTaskSchedule, due.name, next, std::nullopt, std::nullopt)
      .status();
}

absl::Status ScheduleRepository::Tidy(absl::Duration retention) {
  // Making and dropping partitions locks the whole table: whoever waits for it holds everybody else
  // up, so it is not waited for.
  const auto at_once = [this](const postgres::Query& query,
                              const std::vector<std::string>& arguments) {
    return pool_.InTransaction([&](Tx& tx) -> absl::StatusOr<bool> {
      RETURN_IF_ERROR(tx.ExecuteText("SET LOCAL lock_timeout = '50ms'").status());
      ASSIGN_OR_RETURN(pqxx::result rows,
                       tx.ExecuteParams(query, {arguments.begin(), arguments.end()}));
      return !rows.empty() && !rows[0][0].is_null();
    });
  };
  RETURN_IF_ERROR(at_once(sql::kMakeTaskPartitions, {}).status());
  bool dropped = true;
  while (dropped) {
    ASSIGN_OR_RETURN(dropped, at_once(sql::kDropTaskHistory, {postgres::IntervalText(retention)}));
  }
  return pool_.Execute(sql::kForgetOldTaskTraces, retention).status();
}

}  // namespace jobmesh::scraper::tasks
