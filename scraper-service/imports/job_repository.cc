#include "scraper-service/imports/job_repository.h"

#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "scraper_sql.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "scraper-service/imports/job_status.h"
#include "scraper-service/json_value.h"
#include "scraper-service/tasks/task_id.h"
#include "scraper-service/time_text.h"

namespace jobmesh::scraper::imports {
namespace {

namespace postgres = runtime::postgres;
namespace v1 = jobmesh::imports::v1;
using nlohmann::json;
using postgres::Tx;
using tasks::Enqueued;
using tasks::OnCrash;
using tasks::Steering;
using tasks::TaskRepository;
using tasks::TaskSpec;
using tasks::TaskState;

constexpr int kBuildAttempts = 5;

absl::Status UnknownJob(const std::string& id) {
  return runtime::Error(absl::StatusCode::kNotFound, runtime::ErrorReason::TASK_NOT_FOUND,
                        absl::StrCat("Could not find job with id ", id));
}

absl::StatusOr<std::string> UuidOf(const std::string& id) {
  std::optional<std::string> uuid = tasks::UuidOfTask(id);
  if (!uuid || tasks::PublicTaskId(*uuid, kFamily) != id) {
    return UnknownJob(id);
  }
  return *std::move(uuid);
}

std::string Dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string QueueOf(const std::string& operation) {
  return BuildsDraft(operation) ? kBuildQueue : kManagerQueue;
}

// What a job does when its process dies in the middle: a build or a release is not repeated
// blindly, everything else is done again.
OnCrash OnCrashOf(const std::string& operation) {
  return BuildsDraft(operation) || operation == "BUMP" ? OnCrash::kFail : OnCrash::kRequeue;
}

TaskSpec SpecOf(const NewJob& job, const Creator& creator, absl::Duration start_delay) {
  TaskSpec spec;
  spec.family = kFamily;
  spec.operation = job.operation;
  spec.queue = QueueOf(job.operation);
  spec.phase = kQueued;
  spec.payload = Dump(job.parameters);
  spec.created_by = Dump({{"userId", creator.user_id},
                          {"firstName", creator.first_name},
                          {"lastName", creator.last_name}});
  spec.target = job.target;
  spec.owner = creator.user_id;
  spec.unique_key = absl::StrCat(kFamily, ":", job.target);
  spec.delay = start_delay;
  spec.max_attempts = kBuildAttempts;
  spec.on_crash = OnCrashOf(job.operation);
  return spec;
}

Steering SteeringTo(const std::string& status, const std::string& operation,
                    const std::optional<std::string>& log) {
  if (status == kQueued) {
    return {.state = TaskState::kAvailable, .phase = kQueued, .queue = QueueOf(operation)};
  }
  if (status == kBuilt) {
    return {
        .state = TaskState::kAvailable, .phase = kBuilt, .queue = kManagerQueue, .fresh = false};
  }
  if (status == kCompleted) {
    return {.state = TaskState::kCompleted, .phase = kCompleted, .fresh = false};
  }
  if (status == kFailed) {
    return {.state = TaskState::kDiscarded,
            .phase = kFailed,
            .fresh = false,
            .error = log && !log->empty() ? *log : "Set to failed"};
  }
  return {.state = TaskState::kRunning, .phase = status, .fresh = false};
}

v1::JobUser UserOf(const char* text) {
  const json user = json::parse(text, nullptr, false);
  v1::JobUser message;
  if (user.is_object()) {
    message.set_user_id(TextMember(user, "userId"));
    message.set_first_name(TextMember(user, "firstName"));
    message.set_last_name(TextMember(user, "lastName"));
  }
  return message;
}

v1::BumpManifesto ManifestoOf(const json& stored) {
  v1::BumpManifesto manifesto;
  manifesto.set_version(TextMember(stored, "version"));
  manifesto.set_description(TextMember(stored, "description"));
  manifesto.set_language_code(TextMember(stored, "languageCode"));
  if (stored.contains("releaseTime") && stored["releaseTime"].is_number()) {
    manifesto.set_release_time(stored["releaseTime"].get<double>());
  }
  if (stored.contains("updateType")) {
    manifesto.set_update_type(TextMember(stored, "updateType"));
  }
  for (const json& update : stored.value("dataStructureUpdates", json::array())) {
    v1::DataStructureUpdate* entry = manifesto.add_data_structure_updates();
    entry->set_name(TextMember(update, "name"));
    entry->set_description(TextMember(update, "description"));
    entry->set_operation(TextMember(update, "operation"));
    entry->set_release_status(TextMember(update, "releaseStatus"));
  }
  return manifesto;
}

v1::JobParameters ParametersOf(const char* text) {
  const json stored = json::parse(text, nullptr, false);
  v1::JobParameters parameters;
  parameters.set_operation(TextMember(stored, "operation"));
  parameters.set_target(TextMember(stored, "target"));
  if (stored.contains("description")) {
    parameters.set_description(TextMember(stored, "description"));
  }
  if (stored.contains("releaseStatus")) {
    parameters.set_release_status(TextMember(stored, "releaseStatus"));
  }
  if (stored.contains("bumpFromVersion")) {
    parameters.set_bump_from_version(TextMember(stored, "bumpFromVersion"));
  }
  if (stored.contains("bumpToVersion")) {
    parameters.set_bump_to_version(TextMember(stored, "bumpToVersion"));
  }
  if (stored.contains("bumpManifesto")) {
    *parameters.mutable_bump_manifesto() = ManifestoOf(stored["bumpManifesto"]);
  }
  return parameters;
}

std::string TimeOf(const pqxx::field& field) {
  return TimeText(postgres::ParseTimestamp(field.c_str()).value_or(absl::UnixEpoch()));
}

v1::ItemResult Refused(const std::string& reason) {
  v1::ItemResult result;
  result.set_status("FAILED");
  result.set_msg(reason);
  return result;
}

// What becomes of a job before the queue is asked: a refusal, or nothing.
std::optional<v1::ItemResult> RefusalOf(const JudgedJob& judged, bool bump_enabled) {
  if (!judged.job) {
    return Refused(judged.problem);
  }
  if (judged.job->operation == "BUMP" && judged.job->target != kDatastore) {
    return Refused("FAILED: target: a BUMP needs the target DATASTORE");
  }
  if (judged.job->operation == "BUMP" && !bump_enabled) {
    return Refused("FAILED: Bumping the datastore is disabled");
  }
  return std::nullopt;
}

std::optional<std::vector<std::string>> OrNothing(const std::vector<std::string>& list) {
  return list.empty() ? std::nullopt : std::optional(list);
}

}  // namespace

absl::StatusOr<v1::CreateJobsResponse> JobRepository::Create(const std::vector<JudgedJob>& judged,
                                                             const Creator& creator,
                                                             const tasks::IdempotentRequest& once,
                                                             bool bump_enabled) {
  std::vector<TaskSpec> specs;
  for (const JudgedJob& one : judged) {
    if (!RefusalOf(one, bump_enabled)) {
      specs.push_back(SpecOf(*one.job, creator, start_delay_));
    }
  }
  return pool_.InTransaction([&](Tx& tx) -> absl::StatusOr<v1::CreateJobsResponse> {
    v1::CreateJobsResponse response;
    if (!once.key.empty()) {
      ASSIGN_OR_RETURN(std::optional<std::string> before, tasks::FindAnswerIn(tx, once));
      if (before) {
        response.ParseFromString(absl::HexStringToBytes(*before));
        return response;
      }
    }
    std::vector<Enqueued> enqueued;
    if (!specs.empty()) {
      ASSIGN_OR_RETURN(enqueued, TaskRepository::EnqueueIn(tx, specs));
    }
    size_t next = 0;
    for (const JudgedJob& one : judged) {
      if (std::optional<v1::ItemResult> refusal = RefusalOf(one, bump_enabled)) {
        *response.add_results() = *std::move(refusal);
        continue;
      }
      const Enqueued& task = enqueued[next++];
      if (!task.created) {
        *response.add_results() =
            Refused(absl::StrCat("FAILED: Job already in progress for ", one.job->target));
        continue;
      }
      v1::ItemResult* result = response.add_results();
      result->set_status(kQueued);
      result->set_msg("CREATED");
      result->set_job_id(task.id);
    }
    if (!once.key.empty()) {
      RETURN_IF_ERROR(
          tasks::KeepAnswerIn(tx, once, absl::BytesToHexString(response.SerializeAsString())));
    }
    return response;
  });
}

absl::StatusOr<std::vector<v1::Job>> JobRepository::JobsOf(const pqxx::result& rows) {
  std::vector<std::string> ids;
  ids.reserve(rows.size());
  for (const pqxx::row& row : rows) {
    ids.push_back(tasks::PublicTaskId(row["task_id"].c_str(), kFamily));
  }
  ASSIGN_OR_RETURN(auto logs, tasks_.ReadLogs(ids));
  std::vector<v1::Job> jobs;
  jobs.reserve(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    const pqxx::row row = rows[static_cast<pqxx::result::size_type>(i)];
    v1::Job job;
    job.set_job_id(ids[i]);
    job.set_status(row["status"].c_str());
    *job.mutable_parameters() = ParametersOf(row["payload"].c_str());
    for (const tasks::TaskLogLine& line : logs[ids[i]]) {
      v1::LogLine* entry = job.add_log();
      entry->set_at(TimeText(line.time));
      entry->set_message(line.message);
    }
    job.set_created_at(TimeOf(row["create_time"]));
    *job.mutable_created_by() = UserOf(row["created_by"].c_str());
    jobs.push_back(std::move(job));
  }
  return jobs;
}

absl::StatusOr<std::vector<v1::Job>> JobRepository::List(const JobFilter& filter) {
  std::optional<std::string> after;
  if (!filter.after.empty()) {
    after = tasks::UuidOfTask(filter.after);
    if (!after) {
      return runtime::InvalidField("after", "is no id of a job");
    }
  }
  const std::optional<int> limit = filter.limit > 0 ? std::optional(filter.limit) : std::nullopt;
  ASSIGN_OR_RETURN(
      pqxx::result rows,
      pool_.Execute(sql::kListImportJobs, OrNothing(filter.statuses), OrNothing(filter.operations),
                    filter.only_unfinished, after, limit));
  return JobsOf(rows);
}

absl::StatusOr<std::vector<v1::Job>> JobRepository::ListOfTarget(const std::string& target) {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kListImportTargetJobs, target));
  return JobsOf(rows);
}

absl::StatusOr<v1::Job> JobRepository::Get(const std::string& id) {
  ASSIGN_OR_RETURN(const std::string uuid, UuidOf(id));
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kGetImportJob, uuid));
  if (rows.empty()) {
    return UnknownJob(id);
  }
  ASSIGN_OR_RETURN(std::vector<v1::Job> jobs, JobsOf(rows));
  return std::move(jobs.front());
}

absl::Status JobRepository::Update(const std::string& id, const JobChange& change) {
  ASSIGN_OR_RETURN(const std::string uuid, UuidOf(id));
  std::set<std::string> queues;
  RETURN_IF_ERROR(pool_.InTransaction([&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(pqxx::result found, tx.Execute(sql::kLockImportJob, uuid));
    if (found.empty()) {
      return UnknownJob(id);
    }
    if (found[0]["is_finished"].as<bool>()) {
      return runtime::Error(absl::StatusCode::kFailedPrecondition,
                            runtime::ErrorReason::TASK_FINISHED,
                            absl::StrCat("Job with id ", id, " has already been completed"));
    }
    std::vector<std::string> lines;
    if (change.description) {
      lines.emplace_back("Added update description");
      RETURN_IF_ERROR(
          TaskRepository::EditIn(tx, id, Dump({{"description", *change.description}})).status());
    }
    if (change.status) {
      lines.push_back(absl::StrCat("Set status: ", *change.status));
      ASSIGN_OR_RETURN(
          tasks::Task task,
          TaskRepository::SteerIn(
              tx, id, SteeringTo(*change.status, found[0]["operation"].c_str(), change.log)));
      queues = {found[0]["queue"].c_str(), task.queue};
    }
    if (change.log) {
      lines.push_back(*change.log);
    }
    return TaskRepository::AppendLogIn(tx, id, lines);
  }));
  for (const std::string& queue : queues) {
    tasks_.Ring(queue);
  }
  if (change.status) {
    tasks_.RingStop();  // whoever ran it does so no more
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<v1::Target>> JobRepository::ListTargets() {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kListImportTargets));
  std::vector<v1::Target> targets;
  targets.reserve(rows.size());
  for (const pqxx::row& row : rows) {
    v1::Target target;
    target.set_name(row["name"].c_str());
    target.set_last_updated_at(TimeOf(row["last_update"]));
    target.set_status(row["status"].c_str());
    *target.mutable_last_updated_by() = UserOf(row["last_updated_by"].c_str());
    for (std::string& word : postgres::ParseTextArray(row["action"].c_str())) {
      target.add_action(std::move(word));
    }
    targets.push_back(std::move(target));
  }
  return targets;
}

absl::StatusOr<bool> JobRepository::IsImporting(const std::string& dataset) {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kHasImportJobFor, dataset));
  return rows[0]["has"].as<bool>();
}

}  // namespace jobmesh::scraper::imports
