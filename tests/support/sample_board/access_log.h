#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>

namespace jobmesh::testing {

// One answered request.
struct AccessEntry {
  std::chrono::system_clock::time_point started;
  std::chrono::microseconds duration{};
  std::string method;
  std::string target;  // path and query
  int status = 0;
  std::string user_agent;
  bool conditional = false;  // carried If-None-Match or If-Modified-Since
};

// The newest requests, for tests of politeness. Requests under /_control/ are the caller's to leave
// out. Thread-safe.
class AccessLog {
 public:
  // Older entries are dropped beyond it.
  static constexpr size_t kCapacity = 100000;

  void Add(AccessEntry entry);

  // JSON lines, oldest first:
  // {"seq","time","at_ms","duration_ms","method","path","status","user_agent", "conditional"}; only
  // entries with a sequence number above `after`.
  std::string JsonLines(uint64_t after) const;

  void Clear();

 private:
  mutable std::mutex mutex_;
  std::deque<AccessEntry> entries_;  // guarded by mutex_
  uint64_t first_seq_ = 1;           // guarded by mutex_; of entries_.front()
};

}  // namespace jobmesh::testing
