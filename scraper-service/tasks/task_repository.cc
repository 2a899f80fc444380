#include "scraper-service/tasks/task_repository.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "scraper_sql.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "runtime/strings.h"
#include "scraper-service/tasks/spec_json.h"
#include "scraper-service/tasks/task_id.h"
#include "scraper-service/tasks/task_row.h"

namespace jobmesh::scraper::tasks {
namespace {

namespace postgres = runtime::postgres;
using postgres::Tx;
using runtime::InvalidField;

// The task that holds the key, once it can be seen; nothing when it has finished meanwhile.
absl::StatusOr<std::optional<std::string>> HolderOf(Tx& tx, const std::string& unique_key) {
  ASSIGN_OR_RETURN(pqxx::result found, tx.Execute(sql::kFindTaskByUniqueKey, unique_key));
  if (found.empty()) {
    return std::optional<std::string>();
  }
  return std::optional<std::string>(PublicTaskId(found[0][0].c_str(), found[0][1].c_str()));
}

absl::StatusOr<std::string> Known(std::string_view id) {
  std::optional<std::string> uuid = UuidOfTask(id);
  if (!uuid) {
    return TaskNotFound(id);
  }
  return *std::move(uuid);
}

// The one task of a result, if it goes by that id.
absl::StatusOr<Task> OnlyTask(const pqxx::result& rows, std::string_view id) {
  if (!rows.empty()) {
    Task task = TaskOf(rows[0]);
    if (task.id == id) {
      return task;
    }
  }
  return TaskNotFound(id);
}

std::vector<std::string> UuidsOf(const std::vector<std::string>& ids) {
  std::vector<std::string> uuids;
  for (const std::string& id : ids) {
    if (std::optional<std::string> uuid = UuidOfTask(id)) {
      uuids.push_back(*std::move(uuid));
    }
  }
  return uuids;
}

std::optional<std::string> OrNothing(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

// As the statement enqueue_tasks takes them.
absl::StatusOr<std::string> SpecsJson(std::span<const TaskSpec> specs) {
  std::string json = "[";
  for (size_t i = 0; i < specs.size(); ++i) {
    RETURN_IF_ERROR(ValidateSpec(specs[i]));
    absl::StrAppend(&json, i == 0 ? "" : ",", SpecJson(specs[i], i));
  }
  json += ']';
  return json;
}

}  // namespace

absl::Status TaskNotFound(std::string_view id) {
  return runtime::Error(absl::StatusCode::kNotFound, runtime::ErrorReason::TASK_NOT_FOUND,
                        absl::StrCat("There is no task ", runtime::Av(id)));
}

absl::StatusOr<std::vector<Enqueued>> TaskRepository::EnqueueIn(Tx& tx,
                                                                std::span<const TaskSpec> specs) {
  ASSIGN_OR_RETURN(const std::string json, SpecsJson(specs));
  ASSIGN_OR_RETURN(pqxx::result rows, tx.Execute(sql::kEnqueueTasks, json));
  std::vector<Enqueued> answers;
  answers.reserve(specs.size());
  for (size_t i = 0; i < specs.size(); ++i) {
    const pqxx::row row = rows[static_cast<pqxx::result::size_type>(i)];
    if (*row[1].c_str() == 't') {
      answers.push_back({.id = PublicTaskId(row[0].c_str(), specs[i].family)});
      continue;
    }
    ASSIGN_OR_RETURN(std::optional<std::string> holder, HolderOf(tx, specs[i].unique_key));
    if (!holder) {
      // It finished between the two statements; nothing stands in the way any more.
      ASSIGN_OR_RETURN(std::vector<Enqueued> again, EnqueueIn(tx, specs.subspan(i, 1)));
      answers.push_back(again.front());
      continue;
    }
    answers.push_back({.id = *std::move(holder), .created = false});
  }
  return answers;
}

// Where no key can be taken one statement is all, and is its own transaction: one way there and
// back instead of three.
absl::StatusOr<std::vector<Enqueued>> TaskRepository::EnqueueKeyless(
    std::span<const TaskSpec> specs) {
  ASSIGN_OR_RETURN(const std::string json, SpecsJson(specs));
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kEnqueueTasks, json));
  std::vector<Enqueued> answers;
  answers.reserve(specs.size());
  for (size_t i = 0; i < specs.size(); ++i) {
    const pqxx::row row = rows[static_cast<pqxx::result::size_type>(i)];
    answers.push_back({.id = PublicTaskId(row[0].c_str(), specs[i].family)});
  }
  return answers;
}

absl::StatusOr<std::vector<Enqueued>> TaskRepository::Enqueue(std::span<const TaskSpec> specs) {
  const bool keyless =
      std::ranges::all_of(specs, [](const TaskSpec& spec) { return spec.unique_key.empty(); });
  ASSIGN_OR_RETURN(std::vector<Enqueued> answers,
                   keyless ? EnqueueKeyless(specs)
                           : pool_.InTransaction([&](Tx& tx) { return EnqueueIn(tx, specs); }));
  std::set<std::string> queues;
  for (size_t i = 0; i < specs.size(); ++i) {
    if (answers[i].created) {
      queues.insert(specs[i].queue);
    }
  }
  for (const std::string& queue : queues) {
    Ring(queue);
  }
  return answers;
}

absl::StatusOr<Enqueued> TaskRepository::Enqueue(const TaskSpec& spec) {
  ASSIGN_OR_RETURN(std::vector<Enqueued> answers, Enqueue(std::span(&spec, 1)));
  return answers.front();
}

absl::StatusOr<Task> TaskRepository::Get(std::string_view id) {
  ASSIGN_OR_RETURN(std::string uuid, Known(id));
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kGetTask, uuid));
  return OnlyTask(rows, id);
}

absl::StatusOr<Task> TaskRepository::GetIn(Tx& tx, std::string_view id) {
  ASSIGN_OR_RETURN(std::string uuid, Known(id));
  ASSIGN_OR_RETURN(pqxx::result rows, tx.Execute(sql::kGetTask, uuid));
  return OnlyTask(rows, id);
}

absl::StatusOr<std::map<std::string, Task>> TaskRepository::GetAll(
    const std::vector<std::string>& ids) {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kGetTasks, UuidsOf(ids)));
  std::map<std::string, Task> tasks;
  for (const pqxx::row& row : rows) {
    Task task = TaskOf(row);
    std::string id = task.id;
    tasks.emplace(std::move(id), std::move(task));
  }
  return tasks;
}

absl::StatusOr<std::vector<Task>> TaskRepository::List(const TaskFilter& filter) {
  std::string where;
  postgres::Params params;
  const auto add = [&](const char* condition, postgres::Param value) {
    params.push_back(std::move(value));
    absl::StrAppend(&where, where.empty() ? " WHERE " : " AND ",
                    absl::Substitute(condition, absl::StrCat("$", params.size())));
  };
  if (filter.family) {
    add("t.family = $0", *filter.family);
    // The indexes leave out what belongs to nobody.
    absl::StrAppend(&where, filter.family->empty() ? "" : " AND t.family <> ''");
  }
  if (!filter.states.empty()) {
    std::vector<std::string> states;
    for (const TaskState state : filter.states) {
      states.emplace_back(StateName(state));
    }
    add("t.state = ANY ($0::text[])", postgres::TextArray(states));
  }
  if (!filter.operations.empty()) {
    add("t.operation = ANY ($0::text[])", postgres::TextArray(filter.operations));
  }
  if (!filter.target.empty()) {
    add("t.target = $0", filter.target);
  }
  if (!filter.owner.empty()) {
    add("t.owner = $0", filter.owner);
  }
  if (!filter.queue.empty()) {
    add("t.queue = $0", filter.queue);
  }
  if (!filter.after.empty()) {
    ASSIGN_OR_RETURN(std::string after, Known(filter.after));
    add(filter.newest_first ? "t.task_id < $0::uuid" : "t.task_id > $0::uuid", std::move(after));
  }
  params.push_back(postgres::ToParam(filter.limit));
  ASSIGN_OR_RETURN(pqxx::result rows,
                   pool_.ExecuteTextWith(
                       absl::StrCat(sql::kListTasks.text, where, " ORDER BY t.task_id",
                                    filter.newest_first ? " DESC" : "", " LIMIT $", params.size()),
                       params));
  std::vector<Task> tasks;
  tasks.reserve(rows.size());
  for (const pqxx::row& row : rows) {
    tasks.push_back(TaskOf(row));
  }
  return tasks;
}

absl::StatusOr<std::map<std::string, std::vector<TaskLogLine>>> TaskRepository::ReadLogs(
    const std::vector<std::string>& ids) {
  std::map<std::string, std::string> public_ids;  // by UUID
  for (const std::string& id : ids) {
    if (std::optional<std::string> uuid = UuidOfTask(id)) {
      public_ids[*uuid] = id;
    }
  }
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kReadTaskLogs, UuidsOf(ids)));
  std::map<std::string, std::vector<TaskLogLine>> logs;
  for (const pqxx::row& row : rows) {
    logs[public_ids[row[0].c_str()]].push_back(
        {.sequence = row[1].as<int64_t>(),
         .time = postgres::ParseTimestamp(row[2].c_str()).value_or(absl::InfinitePast()),
         .message = row[3].c_str()});
  }
  return logs;
}

absl::StatusOr<Task> TaskRepository::CancelIn(Tx& tx, std::string_view id,
                                              const std::string& reason) {
  RETURN_IF_ERROR(GetIn(tx, id).status());
  RETURN_IF_ERROR(tx.Execute(sql::kCancelTask, *UuidOfTask(id), OrNothing(reason)).status());
  return GetIn(tx, id);
}

absl::StatusOr<Task> TaskRepository::Cancel(std::string_view id, const std::string& reason) {
  ASSIGN_OR_RETURN(Task task,
                   pool_.InTransaction([&](Tx& tx) { return CancelIn(tx, id, reason); }));
  if (task.state == TaskState::kRunning) {
    RingStop();
  }
  return task;
}

absl::StatusOr<Task> TaskRepository::EditIn(Tx& tx, std::string_view id, const std::string& patch) {
  if (!IsJsonObject(patch)) {
    return InvalidField("payload", "must be a JSON object without the character U+0000");
  }
  RETURN_IF_ERROR(GetIn(tx, id).status());
  ASSIGN_OR_RETURN(pqxx::result rows, tx.Execute(sql::kEditTask, *UuidOfTask(id), patch));
  return OnlyTask(rows, id);
}

absl::StatusOr<Task> TaskRepository::SteerIn(Tx& tx, std::string_view id,
                                             const Steering& steering) {
  if (steering.state == TaskState::kDiscarded && steering.error.empty()) {
    return InvalidField("error", "is required");
  }
  if (steering.state == TaskState::kRetryable) {
    return InvalidField("state", "retryable follows from failed runs only");
  }
  RETURN_IF_ERROR(GetIn(tx, id).status());
  ASSIGN_OR_RETURN(
      pqxx::result rows,
      tx.Execute(sql::kSteerTask, *UuidOfTask(id), StateName(steering.state), steering.phase,
                 OrNothing(steering.queue), steering.fresh, OrNothing(steering.error)));
  if (rows.empty()) {
    return runtime::Error(absl::StatusCode::kFailedPrecondition,
                          runtime::ErrorReason::TASK_FINISHED,
                          absl::StrCat("Task ", runtime::Av(id), " has finished"));
  }
  return GetIn(tx, id);
}

absl::Status TaskRepository::AppendLogIn(Tx& tx, std::string_view id,
                                         const std::vector<std::string>& lines) {
  ASSIGN_OR_RETURN(std::string uuid, Known(id));
  ASSIGN_OR_RETURN(pqxx::result rows, tx.Execute(sql::kAppendTaskLog, uuid, lines));
  return rows.empty() && !lines.empty() ? TaskNotFound(id) : absl::OkStatus();
}

absl::StatusOr<Task> TaskRepository::Redrive(std::string_view id) {
  ASSIGN_OR_RETURN(Task task, pool_.InTransaction([&](Tx& tx) -> absl::StatusOr<Task> {
    RETURN_IF_ERROR(GetIn(tx, id).status());
    ASSIGN_OR_RETURN(pqxx::result rows, tx.Execute(sql::kRedriveTask, *UuidOfTask(id)));
    if (rows.empty()) {
      return absl::FailedPreconditionError(absl::StrCat(
          "Task ", runtime::Av(id), " has not failed, or another task does its work meanwhile"));
    }
    return GetIn(tx, id);
  }));
  Ring(task.queue);
  return task;
}

absl::StatusOr<bool> TaskRepository::Delete(std::string_view id, const std::string& family) {
  ASSIGN_OR_RETURN(const bool deleted, pool_.InTransaction([&](Tx& tx) -> absl::StatusOr<bool> {
    return DeleteIn(tx, id, family);
  }));
  RingStop();
  return deleted;
}

absl::StatusOr<bool> TaskRepository::DeleteIn(Tx& tx, std::string_view id,
                                              const std::string& family) {
  absl::StatusOr<Task> task = GetIn(tx, id);
  if (absl::IsNotFound(task.status()) || (task.ok() && task->family != family)) {
    return false;
  }
  RETURN_IF_ERROR(task.status());
  ASSIGN_OR_RETURN(pqxx::result rows, tx.Execute(sql::kDeleteTask, *UuidOfTask(id), family));
  return !rows.empty();
}

}  // namespace jobmesh::scraper::tasks
