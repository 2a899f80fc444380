#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/time/time.h"

namespace jobmesh::gateway::session {

// Something that lives longer than one answer and has deadlines of its own: a stream, a WebSocket.
class Ticking {
 public:
  virtual ~Ticking() = default;
  // On the ticker's thread; must not block.
  virtual void OnTick(absl::Time now) = 0;
};

// Calls its members a few times a second as long as they live, so that none needs a timer of its
// own. Thread-safe.
class Ticker {
 public:
  static constexpr absl::Duration kInterval = absl::Milliseconds(200);

  Ticker();
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

  void Add(std::weak_ptr<Ticking> member);

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::weak_ptr<Ticking>> members_;  // guarded by mutex_
  bool stopping_ = false;                        // guarded by mutex_
  std::thread thread_;
};

}  // namespace jobmesh::gateway::session
