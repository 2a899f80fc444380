#include "user-service/notifications/hub.h"

#include <map>
#include <unordered_set>

#include "runtime/status_macros.h"
#include "runtime/telemetry/log.h"

namespace jobmesh::user {
namespace {

constexpr absl::Duration kPoll = absl::Seconds(1);
// Notifications of one user sent before others get their turn; well below what a stream may hold
// back.
constexpr int kAtOnce = 200;

prometheus::Gauge& LiveGauge(prometheus::Registry& registry) {
  return prometheus::BuildGauge()
      .Name("jobmesh_user_live_sessions")
      .Help("Open WebSocket sessions of this process.")
      .Register(registry)
      .Add({});
}

}  // namespace

Hub::Hub(Inbox& inbox, TokenRepository& tokens, prometheus::Registry& registry)
    : inbox_(inbox), tokens_(tokens), live_(LiveGauge(registry)) {}

Hub::~Hub() { Stop(); }

void Hub::Add(std::shared_ptr<Session> session) {
  absl::MutexLock lock(&mutex_);
  sessions_.insert(std::move(session));
  live_.Set(static_cast<double>(sessions_.size()));
  rung_ = true;
}

void Hub::Remove(const std::shared_ptr<Session>& session) {
  absl::MutexLock lock(&mutex_);
  sessions_.erase(session);
  live_.Set(static_cast<double>(sessions_.size()));
}

void Hub::Ring() {
  absl::MutexLock lock(&mutex_);
  rung_ = true;
}

absl::Status Hub::Start() {
  thread_ = std::thread([this] { Loop(); });
  return absl::OkStatus();
}

void Hub::Drain(absl::Time /*deadline*/) {
  for (const std::shared_ptr<Session>& session : Live()) {
    session->Finish(absl::UnavailableError("this replica is stopping: connect again"));
  }
}

void Hub::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

Hub::Sessions Hub::Live() {
  absl::MutexLock lock(&mutex_);
  return {sessions_.begin(), sessions_.end()};
}

void Hub::Loop() {
  bool complained = false;
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      const auto wanted = [this]()
                              ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return rung_ || stopping_; };
      mutex_.AwaitWithTimeout(absl::Condition(&wanted), kPoll);
      if (stopping_) {
        return;
      }
      rung_ = false;
    }
    const Sessions sessions = Live();
    if (sessions.empty()) {
      continue;
    }
    const absl::StatusOr<bool> more = Deliver(sessions);
    absl::Status status = more.status();
    status.Update(EndRevoked(sessions));
    if (!status.ok() && !complained) {
      runtime::telemetry::LogWarn("delivery_failed", {{"error", std::string(status.message())}});
    }
    complained = !status.ok();
    if (more.ok() && *more) {
      Ring();
    }
  }
}

absl::StatusOr<bool> Hub::Deliver(const Sessions& sessions) {
  std::map<int, int> after;  // by user: the session that is furthest behind
  std::multimap<int, Session*> by_user;
  for (const std::shared_ptr<Session>& session : sessions) {
    const auto [it, fresh] = after.emplace(session->user_id(), session->last_delivered());
    if (!fresh) {
      it->second = std::min(it->second, session->last_delivered());
    }
    by_user.emplace(session->user_id(), session.get());
  }
  std::vector<InboxPosition> positions;
  for (const auto& [user_id, id] : after) {
    positions.push_back({user_id, id});
  }
  ASSIGN_OR_RETURN(std::vector<Notification> notifications,
                   inbox_.Unacknowledged(positions, kAtOnce));
  std::map<int, int> delivered;
  bool more = false;
  for (const Notification& notification : notifications) {
    const auto [begin, end] = by_user.equal_range(notification.user_id);
    for (auto it = begin; it != end; ++it) {
      it->second->Deliver(notification);
    }
    more = more || ++delivered[notification.user_id] == kAtOnce;
  }
  return more;
}

absl::Status Hub::EndRevoked(const Sessions& sessions) {
  std::vector<std::string> families;
  for (const std::shared_ptr<Session>& session : sessions) {
    families.push_back(session->family());
  }
  ASSIGN_OR_RETURN(std::vector<std::string> revoked, tokens_.RevokedAmong(families));
  const std::unordered_set<std::string> ended(revoked.begin(), revoked.end());
  for (const std::shared_ptr<Session>& session : sessions) {
    if (ended.contains(session->family())) {
      session->Finish(RevokedToken());
    }
  }
  return absl::OkStatus();
}

}  // namespace jobmesh::user
