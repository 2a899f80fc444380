#include "scraper-service/parsing/parser_service.h"

#include <variant>

#include "absl/time/clock.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "runtime/telemetry/log.h"
#include "scraper-service/json_value.h"
#include "scraper-service/parsing/executors.h"
#include "scraper-service/parsing/parsed_document.h"

namespace jobmesh::scraper::parsing {
namespace {

namespace v1 = jobmesh::parsing::v1;
using nlohmann::json;
using runtime::ErrorReason;
using runtime::rpc::CallContext;
using tasks::Task;
using tasks::TaskState;

constexpr int kAttempts = 3;

absl::Status UnknownTask() {
  return runtime::Error(absl::StatusCode::kNotFound, ErrorReason::TASK_NOT_FOUND, "Task not found");
}

}  // namespace

absl::Status ParserHandlers::CheckCaller(const CallContext& call) const {
  ASSIGN_OR_RETURN(const std::optional<runtime::auth::Principal> caller, callers_.Check(call));
  if (!caller) {
    return absl::OkStatus();
  }
  absl::Status known = accounts_(caller->user_id);
  return absl::IsNotFound(known)
             ? runtime::Error(absl::StatusCode::kNotFound, ErrorReason::USER_NOT_FOUND,
                              "User claimed by token not found")
             : known;
}

absl::StatusOr<std::string> ParserHandlers::Enqueue(const std::string& operation,
                                                    const std::string& payload) {
  tasks::TaskSpec spec;
  spec.family = kFamily;
  spec.operation = operation;
  spec.payload = payload;
  spec.max_attempts = kAttempts;
  ASSIGN_OR_RETURN(const tasks::Enqueued task, tasks_.Enqueue(spec));
  return task.id;
}

absl::StatusOr<std::string> ParserHandlers::EnqueueDocument(
    const google::protobuf::Value& document) {
  const json body = ToJson(document);
  RETURN_IF_ERROR(ReadDocument(body).status());
  return Enqueue(kParse, body.dump(-1, ' ', false, json::error_handler_t::replace));
}

absl::StatusOr<v1::ParseResponse> ParserHandlers::Parse(const CallContext& call,
                                                        const v1::ParseRequest& request) {
  RETURN_IF_ERROR(CheckCaller(call));
  v1::ParseResponse response;
  ASSIGN_OR_RETURN(*response.mutable_task_id(), EnqueueDocument(request.document()));
  return response;
}

absl::StatusOr<v1::SubmitParseResponse> ParserHandlers::SubmitParse(
    const CallContext& call, const v1::SubmitParseRequest& request) {
  RETURN_IF_ERROR(CheckCaller(call));
  v1::SubmitParseResponse response;
  if (request.has_document()) {
    ASSIGN_OR_RETURN(*response.mutable_task_id(), EnqueueDocument(request.document()));
  } else {
    ASSIGN_OR_RETURN(*response.mutable_task_id(), Enqueue(kFetchUser, "{}"));
  }
  return response;
}

absl::StatusOr<v1::GetParserResultResponse> ParserHandlers::GetResult(
    const CallContext& call, const v1::GetParserResultRequest& request) {
  RETURN_IF_ERROR(CheckCaller(call));
  absl::StatusOr<Task> task = tasks_.Get(request.task_id());
  if (absl::IsNotFound(task.status()) || (task.ok() && task->family != kFamily)) {
    return UnknownTask();
  }
  RETURN_IF_ERROR(task.status());
  v1::GetParserResultResponse response;
  response.set_task_id(task->id);
  if (!tasks::IsFinal(task->state)) {
    response.set_status("PENDING");
  } else if (task->state == TaskState::kCompleted) {
    response.set_status("SUCCESS");
    *response.mutable_result() =
        ToStruct(json::parse(task->result, nullptr, /*allow_exceptions=*/false));
  } else {
    response.set_status("FAILURE");
    response.set_error(task->error);
  }
  return response;
}

absl::StatusOr<v1::FetchUserLaterResponse> ParserHandlers::FetchUserLater(
    const CallContext& call, const v1::FetchUserLaterRequest&) {
  RETURN_IF_ERROR(CheckCaller(call));
  RETURN_IF_ERROR(Enqueue(kFetchUser, "{}").status());
  v1::FetchUserLaterResponse response;
  response.set_message("Task submitted asynchronously");
  return response;
}

absl::StatusOr<v1::SubmitUserFetchResponse> ParserHandlers::SubmitUserFetch(
    const CallContext& call, const v1::SubmitUserFetchRequest&) {
  RETURN_IF_ERROR(CheckCaller(call));
  RETURN_IF_ERROR(Enqueue(kFetchUser, "{}").status());
  v1::SubmitUserFetchResponse response;
  response.set_message("Task submitted in the background.");
  return response;
}

absl::StatusOr<v1::GetRandomUserResponse> ParserHandlers::GetRandomUser(
    const CallContext&, const v1::GetRandomUserRequest&) {
  absl::StatusOr<StoredPerson> stored = users_.FetchAndStore();
  if (absl::IsUnavailable(stored.status()) && !runtime::DetailOf(stored.status())) {
    runtime::telemetry::LogWarn("random_user_not_fetched",
                                {{"error.message", std::string(stored.status().message())}});
    // The upstream's fault: INTERNAL would count against this instance and open its breaker.
    return runtime::Error(absl::StatusCode::kFailedPrecondition,
                          ErrorReason::ERROR_REASON_UNSPECIFIED,
                          "An error occurred while fetching data.", {{"http_status", "502"}});
  }
  RETURN_IF_ERROR(stored.status());
  v1::GetRandomUserResponse response;
  v1::RandomUser* user = response.mutable_user();
  user->set_id(stored->id);
  user->set_email(stored->person.email);
  user->set_first_name(stored->person.first_name);
  user->set_last_name(stored->person.last_name);
  return response;
}

absl::StatusOr<v1::ParsePostingResponse> ParserHandlers::ParsePosting(
    const CallContext& call, const v1::ParsePostingRequest& request) {
  RETURN_IF_ERROR(CheckCaller(call));
  ASSIGN_OR_RETURN(Wanted wanted, ReadDocument(ToJson(request.document())));
  if (std::holds_alternative<PersonWanted>(wanted)) {
    return runtime::InvalidField("data", "people are fetched by POST /parse, not here");
  }
  Page found;
  if (const auto* page = std::get_if<PageWanted>(&wanted)) {
    ASSIGN_OR_RETURN(found, pages_.Read(page->url, call.TimeLeft()));
  } else {
    found.postings.push_back(std::get<RawPosting>(std::move(wanted)));
  }
  json parsed = ParsePostings(found.postings, *vocabulary_.Get(), absl::Now());
  if (!found.url.empty()) {
    parsed["url"] = found.url;
  }
  v1::ParsePostingResponse response;
  *response.mutable_parsed() = ToStruct(parsed);
  return response;
}

std::unique_ptr<runtime::rpc::Service> MakeParserService(ParserHandlers& handlers) {
  auto service = std::make_unique<runtime::rpc::Service>("jobmesh.parsing.v1.ParserService");
  service->Unary("Parse", &handlers, &ParserHandlers::Parse)
      .Unary("SubmitParse", &handlers, &ParserHandlers::SubmitParse)
      .Unary("GetParserResult", &handlers, &ParserHandlers::GetResult)
      .Unary("FetchUserLater", &handlers, &ParserHandlers::FetchUserLater)
      .Unary("SubmitUserFetch", &handlers, &ParserHandlers::SubmitUserFetch)
      .Unary("GetRandomUser", &handlers, &ParserHandlers::GetRandomUser)
      .Unary("ParsePosting", &handlers, &ParserHandlers::ParsePosting);
  return service;
}

}  // namespace jobmesh::scraper::parsing
