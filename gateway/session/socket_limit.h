#pragma once

#include <cstdint>
#include <map>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace jobmesh::gateway::session {

// How many WebSockets each user has open at this gateway, and how many one may have. Thread-safe.
class SocketLimit {
 public:
  static constexpr int kPerUser = 32;

  // Counts one more; false, and nothing counted, when the user has kPerUser.
  bool Take(int64_t user_id);
  // Gives back what Take counted.
  void Release(int64_t user_id);

 private:
  absl::Mutex mutex_;
  std::map<int64_t, int> open_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace jobmesh::gateway::session
