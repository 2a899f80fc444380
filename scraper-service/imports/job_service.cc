#include "scraper-service/imports/job_service.h"

#include <algorithm>
#include <initializer_list>
#include <span>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "scraper-service/imports/job_status.h"
#include "scraper-service/json_value.h"

namespace jobmesh::scraper::imports {
namespace {

namespace v1 = jobmesh::imports::v1;
using runtime::InvalidField;
using runtime::rpc::CallContext;

constexpr int kMostListed = 1000;

absl::Status NotAmong(const char* field, std::span<const std::string_view> words) {
  return InvalidField(
      field, absl::StrCat("must be one of ",
                          absl::StrJoin(words, ", ", [](std::string* out, std::string_view word) {
                            out->append(word);
                          })));
}

// Words of comma lists; empty ones count as absent.
absl::StatusOr<std::vector<std::string>> Words(
    const google::protobuf::RepeatedPtrField<std::string>& lists, const char* field,
    std::span<const std::string_view> known) {
  std::vector<std::string> words;
  for (const std::string& list : lists) {
    for (const absl::string_view part : absl::StrSplit(list, ',')) {
      std::string word(absl::StripAsciiWhitespace(part));
      if (word.empty()) {
        continue;
      }
      if (std::ranges::find(known, word) == known.end()) {
        return NotAmong(field, known);
      }
      words.push_back(std::move(word));
    }
  }
  return words;
}

absl::StatusOr<bool> Flag(const std::string& text, const char* field) {
  const std::string word = absl::AsciiStrToLower(text);
  if (word == "true" || word == "1") {
    return true;
  }
  if (word.empty() || word == "false" || word == "0") {
    return false;
  }
  return InvalidField(field, "must be true or false");
}

// OK unless the body is that of document 004's POST /job/, one letter away.
absl::Status CheckPath(const v1::CreateJobsRequest& request) {
  const std::initializer_list<std::pair<const char*, bool>> others = {
      {"name", request.has_name()},
      {"job_name", request.has_job_name()},
      {"user_id", request.has_user_id()},
      {"estimated_time", request.has_estimated_time()}};
  for (const auto& [field, given] : others) {
    if (given) {
      return InvalidField(field, "is not known here: a job with a name goes to POST /job/");
    }
  }
  return absl::OkStatus();
}

template <class Response, class List, class Add>
Response ListOf(List list, Add add) {
  Response response;
  for (auto& member : list) {
    *add(response) = std::move(member);
  }
  return response;
}

}  // namespace

absl::StatusOr<v1::ListJobsResponse> JobHandlers::ListJobs(const CallContext&,
                                                           const v1::ListJobsRequest& request) {
  JobFilter filter;
  ASSIGN_OR_RETURN(filter.statuses, Words(request.status(), "status", kStatuses));
  ASSIGN_OR_RETURN(filter.operations, Words(request.operation(), "operation", kOperations));
  ASSIGN_OR_RETURN(filter.only_unfinished, Flag(request.ignore_completed(), "ignoreCompleted"));
  if (request.limit() < 0 || request.limit() > kMostListed) {
    return InvalidField("limit", "must be between 0 and 1000");
  }
  filter.limit = request.limit();
  filter.after = request.after();
  ASSIGN_OR_RETURN(std::vector<v1::Job> jobs, jobs_.List(filter));
  return ListOf<v1::ListJobsResponse>(
      std::move(jobs), [](v1::ListJobsResponse& response) { return response.add_jobs(); });
}

absl::StatusOr<v1::CreateJobsResponse> JobHandlers::CreateJobs(
    const CallContext& call, const v1::CreateJobsRequest& request) {
  ASSIGN_OR_RETURN(const Creator creator, auth_.CheckCreator(call));
  RETURN_IF_ERROR(CheckPath(request));
  if (!request.has_jobs()) {
    return InvalidField("jobs", "is required");
  }
  if (!request.jobs().has_list_value()) {
    return InvalidField("jobs", "must be a list");
  }
  const nlohmann::json items = ToJson(request.jobs());
  std::vector<JudgedJob> judged;
  judged.reserve(items.size());
  for (const nlohmann::json& item : items) {
    judged.push_back(Judge(item));
  }
  const bool any =
      std::ranges::any_of(judged, [](const JudgedJob& one) { return one.job.has_value(); });
  if (!judged.empty() && !any) {
    return NoneWellFormed(judged);
  }
  const tasks::IdempotentRequest once{
      .caller = absl::StrCat(kFamily, ":", creator.user_id),
      .key = std::string(call.Header("idempotency-key")),
      .body = absl::StrCat("POST /jobs ",
                           items.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace))};
  return jobs_.Create(judged, creator, once, bump_enabled_);
}

absl::StatusOr<v1::GetJobResponse> JobHandlers::GetJob(const CallContext&,
                                                       const v1::GetJobRequest& request) {
  v1::GetJobResponse response;
  ASSIGN_OR_RETURN(*response.mutable_job(), jobs_.Get(request.job_id()));
  return response;
}

absl::StatusOr<v1::UpdateJobResponse> JobHandlers::UpdateJob(const CallContext& call,
                                                             const v1::UpdateJobRequest& request) {
  RETURN_IF_ERROR(auth_.CheckDataAdmin(call));
  if (request.job_id().empty()) {
    return InvalidField("jobId", "is required");
  }
  JobChange change;
  if (request.has_status()) {
    if (std::ranges::find(kStatuses, request.status()) == kStatuses.end()) {
      return NotAmong("status", kStatuses);
    }
    change.status = request.status();
  }
  if (request.has_description()) {
    change.description = request.description();
  }
  if (request.has_log()) {
    change.log = request.log();
  }
  for (const std::string* text : {&request.description(), &request.log()}) {
    if (text->find('\0') != std::string::npos) {
      return InvalidField(text == &request.log() ? "log" : "description",
                          "must not contain the character U+0000");
    }
  }
  if (!change.status && !change.description) {
    return InvalidField("status", "this or a description is required");
  }
  RETURN_IF_ERROR(jobs_.Update(request.job_id(), change));
  v1::UpdateJobResponse response;
  response.set_message(absl::StrCat("Updated job with jobId ", request.job_id()));
  return response;
}

absl::StatusOr<v1::ListTargetsResponse> JobHandlers::ListTargets(const CallContext&,
                                                                 const v1::ListTargetsRequest&) {
  ASSIGN_OR_RETURN(std::vector<v1::Target> targets, jobs_.ListTargets());
  return ListOf<v1::ListTargetsResponse>(
      std::move(targets), [](v1::ListTargetsResponse& response) { return response.add_targets(); });
}

absl::StatusOr<v1::ListTargetJobsResponse> JobHandlers::ListTargetJobs(
    const CallContext&, const v1::ListTargetJobsRequest& request) {
  if (request.name().find('\0') != std::string::npos) {
    return v1::ListTargetJobsResponse();  // nothing has such a name
  }
  ASSIGN_OR_RETURN(std::vector<v1::Job> jobs, jobs_.ListOfTarget(request.name()));
  return ListOf<v1::ListTargetJobsResponse>(
      std::move(jobs), [](v1::ListTargetJobsResponse& response) { return response.add_jobs(); });
}

std::unique_ptr<runtime::rpc::Service> MakeJobService(JobHandlers& handlers) {
  auto service = std::make_unique<runtime::rpc::Service>("jobmesh.imports.v1.ImportJobService");
  service->Unary("ListJobs", &handlers, &JobHandlers::ListJobs)
      .Unary("CreateJobs", &handlers, &JobHandlers::CreateJobs)
      .Unary("GetJob", &handlers, &JobHandlers::GetJob)
      .Unary("UpdateJob", &handlers, &JobHandlers::UpdateJob)
      .Unary("ListTargets", &handlers, &JobHandlers::ListTargets)
      .Unary("ListTargetJobs", &handlers, &JobHandlers::ListTargetJobs);
  return service;
}

}  // namespace jobmesh::scraper::imports
