#pragma once

#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "runtime/lifecycle/part.h"

namespace jobmesh::user {

// A chore: its name for the log, and what to do. May run in several replicas at the same time.
struct Chore {
  std::string name;
  std::function<absl::Status()> run;
};

// Does chores once at start and then every minute, on a thread of its own: rotating keys,
// forgetting what has expired. A chore that fails is logged and tried again the next time.
class Upkeep : public runtime::lifecycle::Part {
 public:
  explicit Upkeep(std::vector<Chore> chores) : chores_(std::move(chores)) {}
  ~Upkeep() override { Stop(); }

  std::string name() const override { return "upkeep"; }
  absl::Status Start() override;
  void Stop() override;

 private:
  void Loop();

  const std::vector<Chore> chores_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace jobmesh::user
