#pragma once

#include <memory>

#include "jobmesh/notifications/v1/notifications.pb.h"
#include "runtime/rpc/call_context.h"
#include "runtime/rpc/service.h"
#include "runtime/rpc/stream.h"
#include "user-service/accounts/account_repository.h"
#include "user-service/accounts/token_repository.h"
#include "user-service/notifications/hub.h"
#include "user-service/notifications/inbox.h"
#include "user-service/subscriptions/skill_names.h"
#include "user-service/subscriptions/subscription_repository.h"

namespace jobmesh::user {

// jobmesh.notifications.v1.NotificationService. Thread-safe.
class NotificationHandlers {
 public:
  NotificationHandlers(Hub& hub, Inbox& inbox, SubscriptionRepository& subscriptions,
                       AccountRepository& accounts, TokenRepository& tokens,
                       const SkillNames& names)
      : hub_(hub),
        inbox_(inbox),
        subscriptions_(subscriptions),
        accounts_(accounts),
        tokens_(tokens),
        names_(names) {}

  runtime::rpc::StreamEvents<notifications::v1::ClientFrame> OpenSession(
      const runtime::rpc::CallContext& call,
      std::shared_ptr<runtime::rpc::StreamWriter<notifications::v1::ServerFrame>> writer);

  // `handlers` must outlive the service.
  static std::unique_ptr<runtime::rpc::Service> MakeService(NotificationHandlers* handlers);

 private:
  void Admit(const std::shared_ptr<Session>& session);
  void OnFrame(Session& session, const notifications::v1::ClientFrame& frame);
  absl::Status Subscribe(Session& session, const std::string& text);
  absl::Status Unsubscribe(Session& session, const std::string& text);
  absl::StatusOr<std::string> CanonicalTag(const std::string& text) const;

  Hub& hub_;
  Inbox& inbox_;
  SubscriptionRepository& subscriptions_;
  AccountRepository& accounts_;
  TokenRepository& tokens_;
  const SkillNames& names_;
};

}  // namespace jobmesh::user
