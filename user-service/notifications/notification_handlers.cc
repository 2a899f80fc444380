#include "user-service/notifications/notification_handlers.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "runtime/telemetry/log.h"
#include "user-service/subscriptions/tag.h"

namespace jobmesh::user {
namespace {

namespace v1 = notifications::v1;
using runtime::rpc::CallContext;
using runtime::rpc::StreamEvents;
using runtime::rpc::StreamWriter;

// Errors that tell the client what it did wrong; what else went wrong is not its business.
bool IsForClient(const absl::Status& status) {
  return runtime::DetailOf(status).has_value() || absl::IsFailedPrecondition(status);
}

}  // namespace

StreamEvents<v1::ClientFrame> NotificationHandlers::OpenSession(
    const CallContext& call, std::shared_ptr<StreamWriter<v1::ServerFrame>> writer) {
  auto session = std::make_shared<Session>(*call.principal(), std::move(writer));
  Admit(session);
  return {.on_message = [this, session](const v1::ClientFrame& frame) { OnFrame(*session, frame); },
          .on_half_close = [session] { session->Finish(absl::OkStatus()); },
          .on_closed = [this, session] { hub_.Remove(session); }};
}

void NotificationHandlers::Admit(const std::shared_ptr<Session>& session) {
  absl::Status status = tokens_.RequireLive(session->principal());
  if (status.ok()) {
    status = accounts_.RequireExists(session->user_id());
  }
  if (absl::IsNotFound(status)) {
    session->SendError("User not found");
    status = runtime::Error(absl::StatusCode::kUnauthenticated,
                            runtime::ErrorReason::USER_NOT_FOUND, "User not found");
  }
  if (!status.ok()) {
    session->Finish(std::move(status));
    return;
  }
  session->SendAuthenticated();
  hub_.Add(session);
}

void NotificationHandlers::OnFrame(Session& session, const v1::ClientFrame& frame) {
  absl::Status status;
  if (frame.type() == "subscribe") {
    status = Subscribe(session, frame.tag());
  } else if (frame.type() == "unsubscribe") {
    status = Unsubscribe(session, frame.tag());
  } else if (frame.type() == "ack") {
    status = frame.has_id() ? inbox_.Acknowledge(session.user_id(), frame.id())
                            : runtime::InvalidField("id", "is required");
  } else if (frame.type() != "auth") {
    status = runtime::InvalidField("type", "must be one of subscribe unsubscribe ack");
  }
  if (status.ok()) {
    return;
  }
  if (!IsForClient(status)) {
    runtime::telemetry::LogError("frame_failed", {{"error", std::string(status.message())}});
  }
  session.SendError(IsForClient(status) ? std::string(status.message())
                                        : "Something went wrong, try again");
}

absl::Status NotificationHandlers::Subscribe(Session& session, const std::string& text) {
  ASSIGN_OR_RETURN(const std::string tag, CanonicalTag(text));
  RETURN_IF_ERROR(subscriptions_.Subscribe(session.user_id(), tag));
  session.SendSubscribed(tag);
  return absl::OkStatus();
}

absl::Status NotificationHandlers::Unsubscribe(Session& session, const std::string& text) {
  ASSIGN_OR_RETURN(const std::string tag, CanonicalTag(text));
  RETURN_IF_ERROR(subscriptions_.Unsubscribe(session.user_id(), tag));
  session.SendUnsubscribed(tag);
  return absl::OkStatus();
}

absl::StatusOr<std::string> NotificationHandlers::CanonicalTag(const std::string& text) const {
  ASSIGN_OR_RETURN(const std::string tag, MakeTag("tag", text));
  return MakeTag("tag", names_.Canonical(tag));
}

std::unique_ptr<runtime::rpc::Service> NotificationHandlers::MakeService(
    NotificationHandlers* handlers) {
  auto service =
      std::make_unique<runtime::rpc::Service>("jobmesh.notifications.v1.NotificationService");
  service->BidiStream("Session", handlers, &NotificationHandlers::OpenSession);
  return service;
}

}  // namespace jobmesh::user
