#include "user-service/subscriptions/subscription_handlers.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "user-service/subscriptions/tag.h"
#include "user-service/text/text.h"

namespace jobmesh::user {

namespace v1 = subscriptions::v1;
using runtime::ErrorReason;
using runtime::rpc::CallContext;

absl::StatusOr<v1::GetSubscriptionsResponse> SubscriptionHandlers::GetSubscriptions(
    const CallContext& call, const v1::GetSubscriptionsRequest& request) {
  RETURN_IF_ERROR(tokens_.RequireLive(*call.principal()));
  RETURN_IF_ERROR(call.RequireUser(request.user_id()));
  ASSIGN_OR_RETURN(std::vector<std::string> tags, subscriptions_.List(request.user_id()));
  if (tags.empty()) {
    return runtime::Error(absl::StatusCode::kNotFound, ErrorReason::NO_SUBSCRIPTIONS, "No skills");
  }
  v1::GetSubscriptionsResponse response;
  response.mutable_skills()->Assign(tags.begin(), tags.end());
  return response;
}

absl::StatusOr<v1::AddNewSkillResponse> SubscriptionHandlers::AddNewSkill(
    const CallContext& call, const v1::AddNewSkillRequest& request) {
  if (request.user_id() == 0 || Trim(request.skill_name()).empty()) {
    return runtime::Error(absl::StatusCode::kInvalidArgument, ErrorReason::INVALID_FIELD,
                          "user_id and skill_name are required");
  }
  ASSIGN_OR_RETURN(std::string tag, MakeTag("skill_name", request.skill_name()));
  RETURN_IF_ERROR(tokens_.RequireLive(*call.principal()));
  RETURN_IF_ERROR(call.RequireUser(request.user_id()));
  RETURN_IF_ERROR(accounts_.RequireExists(request.user_id()));
  ASSIGN_OR_RETURN(
      AddedSkill added,
      saga_.Run(request.user_id(), std::string(Trim(request.skill_name())), tag, call.deadline()));
  v1::AddNewSkillResponse response;
  response.set_message("Skill and subscription added successfully");
  response.set_subscription_id(added.subscription_id);
  response.set_skill_id(added.skill_id);
  return response;
}

std::unique_ptr<runtime::rpc::Service> SubscriptionHandlers::MakeService(
    SubscriptionHandlers* handlers) {
  auto service =
      std::make_unique<runtime::rpc::Service>("jobmesh.subscriptions.v1.SubscriptionService");
  service->Unary("GetSubscriptions", handlers, &SubscriptionHandlers::GetSubscriptions)
      .Unary("AddNewSkill", handlers, &SubscriptionHandlers::AddNewSkill);
  return service;
}

}  // namespace jobmesh::user
