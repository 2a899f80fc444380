#pragma once

#include <memory>

#include "absl/status/statusor.h"

#include "jobmesh/subscriptions/v1/subscriptions.pb.h"
#include "runtime/rpc/call_context.h"
#include "runtime/rpc/service.h"
#include "user-service/accounts/account_repository.h"
#include "user-service/accounts/token_repository.h"
#include "user-service/saga/add_skill_saga.h"
#include "user-service/subscriptions/subscription_repository.h"

namespace jobmesh::user {

// jobmesh.subscriptions.v1.SubscriptionService. Thread-safe.
class SubscriptionHandlers {
 public:
  SubscriptionHandlers(SubscriptionRepository& subscriptions, AccountRepository& accounts,
                       TokenRepository& tokens, AddSkillSaga& saga)
      : subscriptions_(subscriptions), accounts_(accounts), tokens_(tokens), saga_(saga) {}

  absl::StatusOr<subscriptions::v1::GetSubscriptionsResponse> GetSubscriptions(
      const runtime::rpc::CallContext& call,
      const subscriptions::v1::GetSubscriptionsRequest& request);
  absl::StatusOr<subscriptions::v1::AddNewSkillResponse> AddNewSkill(
      const runtime::rpc::CallContext& call, const subscriptions::v1::AddNewSkillRequest& request);

  // `handlers` must outlive the service.
  static std::unique_ptr<runtime::rpc::Service> MakeService(SubscriptionHandlers* handlers);

 private:
  SubscriptionRepository& subscriptions_;
  AccountRepository& accounts_;
  TokenRepository& tokens_;
  AddSkillSaga& saga_;
};

}  // namespace jobmesh::user
