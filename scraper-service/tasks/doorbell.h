#pragma once

#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "runtime/lifecycle/part.h"
#include "runtime/postgres/pool.h"

namespace jobmesh::scraper::tasks {

// Channels of PostgreSQL that the doorbell uses. Payload: a queue; or nothing.
inline constexpr char kReadyChannel[] = "task_ready";
inline constexpr char kStopChannel[] = "task_stop";

// Tells the workers of all replicas that there may be something to do. Only a hint: everybody looks
// for himself every second anyway. NOTIFY takes a lock of the whole cluster until its commit is
// written, so it is never sent inside a transaction that does work, but afterwards, by a thread of
// its own, at most once in 50 ms a queue. Thread-safe.
class Doorbell : public runtime::lifecycle::Part {
 public:
  // Gets the queue that was rung for, or "" for all of them. Must be quick.
  using Callback = std::function<void(const std::string& queue)>;

  explicit Doorbell(runtime::postgres::Pool& pool) : pool_(pool) {}
  ~Doorbell() override;

  // Before Start.
  void OnRing(Callback callback) { on_ring_.push_back(std::move(callback)); }
  void OnStop(std::function<void()> callback) { on_stop_.push_back(std::move(callback)); }

  // After a commit that put something into the queue.
  void Ring(const std::string& queue);
  // After a commit that asked a run to stop.
  void RingStop();
  // What the listener heard from other replicas.
  void HearRing(const std::string& queue) const;
  void HearStop() const;

  std::string name() const override { return "doorbell"; }
  absl::Status Start() override;
  void Stop() override;

 private:
  void Send();

  runtime::postgres::Pool& pool_;
  std::vector<Callback> on_ring_;
  std::vector<std::function<void()>> on_stop_;
  absl::Mutex mutex_;
  std::set<std::string> rings_ ABSL_GUARDED_BY(mutex_);  // not sent yet
  bool stop_rung_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread sender_;
};

}  // namespace jobmesh::scraper::tasks
