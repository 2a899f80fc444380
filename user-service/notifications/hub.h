#pragma once

#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "prometheus/gauge.h"
#include "prometheus/registry.h"

#include "runtime/lifecycle/part.h"
#include "user-service/accounts/token_repository.h"
#include "user-service/notifications/inbox.h"
#include "user-service/notifications/session.h"

namespace jobmesh::user {

// The live sessions of this process. A thread of its own brings them what their inboxes hold, when
// the doorbell rings and every second anyway, and ends those whose tokens were revoked.
// Thread-safe.
class Hub : public runtime::lifecycle::Part {
 public:
  Hub(Inbox& inbox, TokenRepository& tokens, prometheus::Registry& registry);
  ~Hub() override;

  // From now on the session is brought its notifications, the unacknowledged old ones first.
  void Add(std::shared_ptr<Session> session);
  void Remove(const std::shared_ptr<Session>& session);
  // Something may have been stored.
  void Ring();

  std::string name() const override { return "hub"; }
  absl::Status Start() override;
  // Ends every session, so that its client connects to another replica.
  void Drain(absl::Time deadline) override;
  void Stop() override;

 private:
  using Sessions = std::vector<std::shared_ptr<Session>>;

  void Loop();
  Sessions Live();
  // Returns whether there may be more to deliver at once.
  absl::StatusOr<bool> Deliver(const Sessions& sessions);
  absl::Status EndRevoked(const Sessions& sessions);

  Inbox& inbox_;
  TokenRepository& tokens_;
  prometheus::Gauge& live_;
  absl::Mutex mutex_;
  std::set<std::shared_ptr<Session>> sessions_ ABSL_GUARDED_BY(mutex_);
  bool rung_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace jobmesh::user
