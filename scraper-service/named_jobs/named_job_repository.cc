#include "scraper-service/named_jobs/named_job_repository.h"

#include <optional>
#include <span>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "scraper_sql.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "scraper-service/tasks/task_id.h"
#include "scraper-service/time_text.h"

namespace jobmesh::scraper::named_jobs {
namespace {

namespace postgres = runtime::postgres;
namespace v1 = jobmesh::named_jobs::v1;
using google::protobuf::Value;
using nlohmann::json;
using postgres::Tx;
using runtime::ErrorReason;
using tasks::TaskRepository;
using tasks::TaskState;

constexpr int kMostListed = 1000;

absl::Status Unknown(const std::string& id) {
  return runtime::Error(absl::StatusCode::kNotFound, ErrorReason::TASK_NOT_FOUND,
                        absl::StrCat("Job ", id, " not found"));
}

absl::StatusOr<std::string> UuidOf(const std::string& id) {
  std::optional<std::string> uuid = IsJobId(id) ? tasks::UuidOfTask(id) : std::nullopt;
  return uuid ? absl::StatusOr<std::string>(*std::move(uuid)) : Unknown(id);
}

Value TextOrNull(const pqxx::field& field) {
  Value value;
  if (field.is_null()) {
    value.set_null_value(google::protobuf::NULL_VALUE);
  } else {
    value.set_string_value(field.c_str());
  }
  return value;
}

std::string TimeOf(const pqxx::field& field) {
  return TimeText(postgres::ParseTimestamp(field.c_str()).value_or(absl::UnixEpoch()));
}

v1::Job JobOf(const pqxx::row& row) {
  v1::Job job;
  job.set_id(tasks::PublicTaskId(row["job_id"].c_str(), kFamily));
  job.set_name(row["name"].c_str());
  *job.mutable_description() = TextOrNull(row["description"]);
  job.set_estimated_time(row["estimated_time"].as<double>());
  job.set_user_id(row["user_id"].c_str());
  job.set_status(row["status"].c_str());
  job.set_created_at(TimeOf(row["create_time"]));
  job.set_updated_at(TimeOf(row["update_time"]));
  return job;
}

absl::Status NotTheClients(const std::string& id, const std::string& status) {
  return runtime::Error(
      absl::StatusCode::kAborted, ErrorReason::TASK_FINISHED,
      absl::StrCat("Job ", id, " is ", status, " and is executed: its status can only be set to ",
                   kCancelled, " while it is not finished"));
}

// A job that nobody else changes until the transaction ends.
struct Locked {
  std::string user_id;
  std::string status;
  bool is_executed = false;
  bool has_task = false;  // the queue still knows it
};

absl::StatusOr<Locked> LockIn(Tx& tx, const std::string& id, const std::string& uuid) {
  ASSIGN_OR_RETURN(pqxx::result task, tx.Execute(sql::kLockNamedJobTask, uuid));
  ASSIGN_OR_RETURN(pqxx::result found, tx.Execute(sql::kLockNamedJob, uuid));
  if (found.empty()) {
    return Unknown(id);
  }
  return Locked{.user_id = found[0]["user_id"].c_str(),
                .status = found[0]["status"].c_str(),
                .is_executed = found[0]["is_executed"].as<bool>(),
                .has_task = !task.empty()};
}

// Ends the job's task as its client asks.
absl::Status CancelIn(Tx& tx, const std::string& id, const std::string& status) {
  absl::Status steered =
      TaskRepository::SteerIn(
          tx, id,
          {.state = TaskState::kCancelled, .fresh = false, .error = "Cancelled by a client"})
          .status();
  return absl::IsFailedPrecondition(steered) || absl::IsNotFound(steered)
             ? NotTheClients(id, status)
             : steered;
}

}  // namespace

absl::StatusOr<std::string> NamedJobRepository::Execute(const NewJob& job,
                                                        const std::string& executor,
                                                        const tasks::IdempotentRequest& once) {
  tasks::TaskSpec spec;
  spec.family = kFamily;
  spec.operation = kOperation;
  spec.queue = executor;
  spec.owner = job.user_id;
  spec.payload = json{{"estimated_time", job.estimated_time}}.dump();
  ASSIGN_OR_RETURN(std::string id, pool_.InTransaction([&](Tx& tx) -> absl::StatusOr<std::string> {
    if (!once.key.empty()) {
      ASSIGN_OR_RETURN(std::optional<std::string> before, tasks::FindAnswerIn(tx, once));
      if (before) {
        return *std::move(before);
      }
    }
    ASSIGN_OR_RETURN(auto enqueued, TaskRepository::EnqueueIn(tx, std::span(&spec, 1)));
    const std::string& new_id = enqueued[0].id;
    RETURN_IF_ERROR(tx.Execute(sql::kAddNamedJob, *tasks::UuidOfTask(new_id), job.name,
                               job.description, job.estimated_time, job.user_id, executor)
                        .status());
    if (!once.key.empty()) {
      RETURN_IF_ERROR(tasks::KeepAnswerIn(tx, once, new_id));
    }
    return new_id;
  }));
  tasks_.Ring(executor);
  return id;
}

absl::StatusOr<std::string> NamedJobRepository::Add(const NewJob& job, const std::string& status) {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kAddJobRecord, job.name, job.description,
                                                    job.estimated_time, job.user_id, status));
  return tasks::PublicTaskId(rows[0]["job_id"].c_str(), kFamily);
}

absl::StatusOr<v1::Job> NamedJobRepository::Get(const std::string& id) {
  ASSIGN_OR_RETURN(const std::string uuid, UuidOf(id));
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kGetNamedJob, uuid));
  if (rows.empty()) {
    return Unknown(id);
  }
  return JobOf(rows[0]);
}

absl::StatusOr<std::vector<v1::Job>> NamedJobRepository::ListOfUser(const std::string& user_id,
                                                                    const std::string& after) {
  std::optional<std::string> first;
  if (!after.empty()) {
    ASSIGN_OR_RETURN(first, UuidOf(after));
  }
  ASSIGN_OR_RETURN(pqxx::result rows,
                   pool_.Execute(sql::kListNamedJobs, user_id, first, kMostListed));
  std::vector<v1::Job> jobs;
  jobs.reserve(rows.size());
  for (const pqxx::row& row : rows) {
    jobs.push_back(JobOf(row));
  }
  return jobs;
}

absl::StatusOr<v1::UpdateJobResponse> NamedJobRepository::Update(const std::string& id,
                                                                 const JobChange& change,
                                                                 MayChange may_change) {
  ASSIGN_OR_RETURN(const std::string uuid, UuidOf(id));
  bool cancels = false;
  ASSIGN_OR_RETURN(
      v1::UpdateJobResponse response,
      pool_.InTransaction([&](Tx& tx) -> absl::StatusOr<v1::UpdateJobResponse> {
        ASSIGN_OR_RETURN(const Locked job, LockIn(tx, id, uuid));
        RETURN_IF_ERROR(may_change(job.user_id));
        if (job.is_executed && change.status && *change.status != kCancelled) {
          return NotTheClients(id, job.status);
        }
        cancels = job.is_executed && change.status && job.status != kCancelled;
        if (cancels) {
          RETURN_IF_ERROR(CancelIn(tx, id, job.status));
        }
        if (job.has_task && change.estimated_time) {
          // Counts from its next run.
          RETURN_IF_ERROR(TaskRepository::EditIn(
                              tx, id, json{{"estimated_time", *change.estimated_time}}.dump())
                              .status());
        }
        ASSIGN_OR_RETURN(pqxx::result rows,
                         tx.Execute(sql::kUpdateNamedJob, uuid, change.name, change.description,
                                    change.estimated_time, change.status));
        v1::UpdateJobResponse changed;
        changed.set_name(rows[0]["name"].c_str());
        *changed.mutable_description() = TextOrNull(rows[0]["description"]);
        changed.set_estimated_time(rows[0]["estimated_time"].as<double>());
        changed.set_status(rows[0]["status"].c_str());
        return changed;
      }));
  if (cancels) {
    tasks_.RingStop();  // whoever runs it does so no more
  }
  return response;
}

absl::Status NamedJobRepository::Delete(const std::string& id, MayChange may_change) {
  ASSIGN_OR_RETURN(const std::string uuid, UuidOf(id));
  RETURN_IF_ERROR(pool_.InTransaction([&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const Locked job, LockIn(tx, id, uuid));
    RETURN_IF_ERROR(may_change(job.user_id));
    if (job.has_task) {
      RETURN_IF_ERROR(TaskRepository::DeleteIn(tx, id, kFamily).status());
    }
    return tx.Execute(sql::kDeleteNamedJob, uuid).status();
  }));
  tasks_.RingStop();
  return absl::OkStatus();
}

}  // namespace jobmesh::scraper::named_jobs
