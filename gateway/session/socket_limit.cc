#include "gateway/session/socket_limit.h"

namespace jobmesh::gateway::session {

bool SocketLimit::Take(int64_t user_id) {
  absl::MutexLock lock(&mutex_);
  int& open = open_[user_id];
  if (open >= kPerUser) {
    return false;
  }
  ++open;
  return true;
}

void SocketLimit::Release(int64_t user_id) {
  absl::MutexLock lock(&mutex_);
  if (const auto it = open_.find(user_id); it != open_.end() && --it->second == 0) {
    open_.erase(it);
  }
}

}  // namespace jobmesh::gateway::session
