#include "scraper-service/imports/maintenance_service.h"

#include <limits>

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "scraper-service/time_text.h"

namespace jobmesh::scraper::imports {
namespace {

namespace v1 = jobmesh::imports::v1;
using google::protobuf::Value;
using runtime::InvalidField;
using runtime::rpc::CallContext;

v1::Maintenance ToMessage(const tasks::Maintenance& notice) {
  v1::Maintenance message;
  message.set_msg(notice.msg);
  message.set_paused(notice.paused);
  message.set_timestamp(TimeText(notice.time));
  return message;
}

absl::StatusOr<bool> Flag(const char* field, const Value& value) {
  if (value.kind_case() == Value::kBoolValue) {
    return value.bool_value();
  }
  if (value.kind_case() == Value::kNumberValue &&
      (value.number_value() == 0 || value.number_value() == 1)) {
    return value.number_value() == 1;
  }
  return InvalidField(field, "must be true, false, 0 or 1");
}

}  // namespace

absl::StatusOr<v1::SetMaintenanceResponse> MaintenanceHandlers::Set(
    const CallContext& call, const v1::SetMaintenanceRequest& request) {
  RETURN_IF_ERROR(auth_.CheckDataAdmin(call));
  if (!request.has_msg()) {
    return InvalidField("msg", "is required");
  }
  if (request.msg().find('\0') != std::string::npos) {
    return InvalidField("msg", "must not contain the character U+0000");
  }
  if (request.has_paused() == request.has_pause()) {
    return InvalidField("paused",
                        request.has_pause() ? "is given twice, as pause too" : "is required");
  }
  ASSIGN_OR_RETURN(const bool paused, request.has_paused() ? Flag("paused", request.paused())
                                                           : Flag("pause", request.pause()));
  ASSIGN_OR_RETURN(const tasks::Maintenance notice, queues_.NoteMaintenance(request.msg(), paused));
  if (!paused) {
    tasks_.Ring("");  // everything that waited
  }
  v1::SetMaintenanceResponse response;
  *response.mutable_maintenance() = ToMessage(notice);
  return response;
}

absl::StatusOr<std::vector<tasks::Maintenance>> MaintenanceHandlers::History(int limit) {
  ASSIGN_OR_RETURN(std::vector<tasks::Maintenance> history, queues_.MaintenanceHistory(limit));
  if (history.empty()) {
    ASSIGN_OR_RETURN(tasks::Maintenance first,
                     queues_.NoteMaintenance("Initial status: nothing is paused", false));
    history.push_back(std::move(first));
  }
  return history;
}

absl::StatusOr<v1::GetMaintenanceResponse> MaintenanceHandlers::Get(
    const CallContext&, const v1::GetMaintenanceRequest&) {
  ASSIGN_OR_RETURN(const std::vector<tasks::Maintenance> history, History(1));
  v1::GetMaintenanceResponse response;
  *response.mutable_maintenance() = ToMessage(history.front());
  return response;
}

absl::StatusOr<v1::ListMaintenanceResponse> MaintenanceHandlers::List(
    const CallContext&, const v1::ListMaintenanceRequest&) {
  ASSIGN_OR_RETURN(const std::vector<tasks::Maintenance> history,
                   History(std::numeric_limits<int>::max()));
  v1::ListMaintenanceResponse response;
  for (const tasks::Maintenance& notice : history) {
    *response.add_history() = ToMessage(notice);
  }
  return response;
}

absl::StatusOr<v1::CheckAliveResponse> MaintenanceHandlers::CheckAlive(
    const CallContext&, const v1::CheckAliveRequest&) {
  v1::CheckAliveResponse response;
  response.set_answer("I'm alive!");
  return response;
}

absl::StatusOr<v1::CheckReadyResponse> MaintenanceHandlers::CheckReady(
    const CallContext&, const v1::CheckReadyRequest&) {
  RETURN_IF_ERROR(pool_.Health());
  v1::CheckReadyResponse response;
  response.set_answer("I'm ready!");
  return response;
}

std::unique_ptr<runtime::rpc::Service> MakeMaintenanceService(MaintenanceHandlers& handlers) {
  auto service = std::make_unique<runtime::rpc::Service>("jobmesh.imports.v1.MaintenanceService");
  service->Unary("SetMaintenance", &handlers, &MaintenanceHandlers::Set)
      .Unary("GetMaintenance", &handlers, &MaintenanceHandlers::Get)
      .Unary("ListMaintenance", &handlers, &MaintenanceHandlers::List)
      .Unary("CheckAlive", &handlers, &MaintenanceHandlers::CheckAlive)
      .Unary("CheckReady", &handlers, &MaintenanceHandlers::CheckReady);
  return service;
}

}  // namespace jobmesh::scraper::imports
