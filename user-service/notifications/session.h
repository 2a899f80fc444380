#pragma once

#include <memory>
#include <string>

#include "jobmesh/notifications/v1/notifications.pb.h"
#include "runtime/auth/principal.h"
#include "runtime/rpc/stream.h"
#include "user-service/notifications/inbox.h"

namespace jobmesh::user {

// One live connection of a user. Sending is thread-safe; Deliver belongs to one thread.
class Session {
 public:
  using Writer = runtime::rpc::StreamWriter<notifications::v1::ServerFrame>;

  Session(runtime::auth::Principal principal, std::shared_ptr<Writer> writer)
      : principal_(std::move(principal)), writer_(std::move(writer)) {}

  int user_id() const { return static_cast<int>(principal_.user_id); }
  const std::string& family() const { return principal_.family; }
  const runtime::auth::Principal& principal() const { return principal_; }

  // All frames; nothing happens when the connection is over.
  void SendAuthenticated();
  void SendSubscribed(const std::string& tag);
  void SendUnsubscribed(const std::string& tag);
  void SendError(const std::string& message);
  // Sends it unless it was sent on this connection already. In order of ids.
  void Deliver(const Notification& notification);
  // Number of the newest notification that was sent.
  int last_delivered() const { return last_delivered_; }
  void Finish(absl::Status status) { writer_->Finish(std::move(status)); }

 private:
  const runtime::auth::Principal principal_;
  const std::shared_ptr<Writer> writer_;
  int last_delivered_ = 0;
};

}  // namespace jobmesh::user
