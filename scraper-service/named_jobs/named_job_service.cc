#include "scraper-service/named_jobs/named_job_service.h"

#include <optional>

#include "absl/strings/str_cat.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "scraper-service/imports/job_status.h"

namespace jobmesh::scraper::named_jobs {
namespace {

namespace v1 = jobmesh::named_jobs::v1;
using google::protobuf::Value;
using runtime::ErrorReason;
using runtime::auth::Principal;
using runtime::rpc::CallContext;

constexpr char kUnknownStatus[] = "unknown";

Value TextValue(const std::string& text) {
  Value value;
  value.set_string_value(text);
  return value;
}

// As the message is written in JSON.
Value ValueOf(const v1::Job& job) {
  Value value;
  auto& members = *value.mutable_struct_value()->mutable_fields();
  members["id"] = TextValue(job.id());
  members["name"] = TextValue(job.name());
  members["description"] = job.description();
  members["estimated_time"].set_number_value(job.estimated_time());
  members["user_id"] = TextValue(job.user_id());
  members["status"] = TextValue(job.status());
  members["created_at"] = TextValue(job.created_at());
  members["updated_at"] = TextValue(job.updated_at());
  return value;
}

}  // namespace

absl::StatusOr<v1::ExecuteJobResponse> NamedJobHandlers::Execute(
    const CallContext& call, const v1::ExecuteJobRequest& request) {
  ASSIGN_OR_RETURN(const std::optional<Principal> caller, callers_.Check(call));
  const std::string executor = request.has_executor() ? request.executor() : kFast;
  if (executor != kFast && executor != kStandard) {
    return runtime::Error(
        absl::StatusCode::kInvalidArgument, ErrorReason::INVALID_FIELD,
        "executor: must be standard or fast",
        {{"field", "executor"},
         {"details",
          R"([{"loc":["query","executor"],"msg":"must be standard or fast","type":"enum"}])"}});
  }
  ASSIGN_OR_RETURN(const NewJob job, CheckExecution(request.job()));
  RETURN_IF_ERROR(CheckOwner(caller, job.user_id));
  const tasks::IdempotentRequest once{
      .caller = absl::StrCat(kFamily, ":", caller ? absl::StrCat(caller->user_id) : ""),
      .key = std::string(call.Header("idempotency-key")),
      .body = absl::StrCat("POST /api/v1/job_executor/async ", request.SerializeAsString())};
  ASSIGN_OR_RETURN(const std::string id, jobs_.Execute(job, executor, once));
  v1::ExecuteJobResponse response;
  response.set_status(200);
  response.set_job_id(id);
  return response;
}

absl::StatusOr<v1::CreateJobResponse> NamedJobHandlers::Create(
    const CallContext& call, const v1::CreateJobRequest& request) {
  ASSIGN_OR_RETURN(const std::optional<Principal> caller, callers_.Check(call));
  ASSIGN_OR_RETURN(const NewJob job, CheckRecord(request));
  RETURN_IF_ERROR(CheckOwner(caller, job.user_id));
  v1::CreateJobResponse response;
  ASSIGN_OR_RETURN(*response.mutable_id(),
                   jobs_.Add(job, request.has_status() ? request.status() : kUnknownStatus));
  return response;
}

absl::StatusOr<v1::FindJobsResponse> NamedJobHandlers::Find(const CallContext& call,
                                                            const v1::FindJobsRequest& request) {
  RETURN_IF_ERROR(callers_.Check(call).status());
  v1::FindJobsResponse response;
  if (IsJobId(request.id_or_user())) {
    absl::StatusOr<v1::Job> job = jobs_.Get(request.id_or_user());
    if (absl::IsNotFound(job.status())) {
      return runtime::Error(absl::StatusCode::kNotFound, ErrorReason::TASK_NOT_FOUND,
                            "Job not found");
    }
    RETURN_IF_ERROR(job.status());
    *response.mutable_found() = ValueOf(*job);
    return response;
  }
  auto* list = response.mutable_found()->mutable_list_value();
  if (request.id_or_user().find('\0') != std::string::npos) {
    return response;  // nobody has such a name
  }
  ASSIGN_OR_RETURN(const std::vector<v1::Job> jobs, jobs_.ListOfUser(request.id_or_user(), ""));
  for (const v1::Job& job : jobs) {
    *list->add_values() = ValueOf(job);
  }
  return response;
}

absl::StatusOr<v1::ListJobsResponse> NamedJobHandlers::List(const CallContext& call,
                                                            const v1::ListJobsRequest& request) {
  RETURN_IF_ERROR(callers_.Check(call).status());
  if (request.user_id().empty() || request.user_id().find('\0') != std::string::npos) {
    return runtime::InvalidField("user_id", "is required");
  }
  ASSIGN_OR_RETURN(std::vector<v1::Job> jobs, jobs_.ListOfUser(request.user_id(), request.after()));
  v1::ListJobsResponse response;
  for (v1::Job& job : jobs) {
    *response.add_jobs() = std::move(job);
  }
  return response;
}

absl::StatusOr<v1::UpdateJobResponse> NamedJobHandlers::Update(
    const CallContext& call, const v1::UpdateJobRequest& request) {
  ASSIGN_OR_RETURN(const std::optional<Principal> caller, callers_.Check(call));
  ASSIGN_OR_RETURN(const JobChange change, CheckChange(request));
  return jobs_.Update(request.job_id(), change,
                      [&caller](const std::string& owner) { return CheckOwner(caller, owner); });
}

absl::StatusOr<v1::DeleteJobResponse> NamedJobHandlers::Delete(
    const CallContext& call, const v1::DeleteJobRequest& request) {
  if (!IsJobId(request.job_id())) {
    // The path is document 002's too, whose jobs can be read by everybody and deleted by nobody.
    absl::StatusOr<tasks::Task> other = tasks_.Get(request.job_id());
    if (other.ok() && other->family == imports::kFamily) {
      return runtime::Error(
          absl::StatusCode::kFailedPrecondition, ErrorReason::NOT_PERMITTED,
          absl::StrCat("Job ", request.job_id(), " is an import job: its history stays"),
          {{"http_status", "405"}, {"allow", "GET, PUT"}});
    }
  }
  ASSIGN_OR_RETURN(const std::optional<Principal> caller, callers_.Check(call));
  RETURN_IF_ERROR(jobs_.Delete(
      request.job_id(), [&caller](const std::string& owner) { return CheckOwner(caller, owner); }));
  v1::DeleteJobResponse response;
  response.set_message(absl::StrCat("Job ", request.job_id(), " deleted."));
  return response;
}

std::unique_ptr<runtime::rpc::Service> MakeNamedJobService(NamedJobHandlers& handlers) {
  auto service = std::make_unique<runtime::rpc::Service>("jobmesh.named_jobs.v1.NamedJobService");
  service->Unary("ExecuteJob", &handlers, &NamedJobHandlers::Execute)
      .Unary("CreateJob", &handlers, &NamedJobHandlers::Create)
      .Unary("FindJobs", &handlers, &NamedJobHandlers::Find)
      .Unary("ListJobs", &handlers, &NamedJobHandlers::List)
      .Unary("UpdateJob", &handlers, &NamedJobHandlers::Update)
      .Unary("DeleteJob", &handlers, &NamedJobHandlers::Delete);
  return service;
}

}  // namespace jobmesh::scraper::named_jobs
