#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "discovery/registry/registry.h"
#include "runtime/lifecycle/part.h"
#include "runtime/rpc/http2_channel.h"

namespace jobmesh::discovery {

struct HealthCheckerOptions {
  absl::Duration interval = absl::Seconds(2);
  absl::Duration timeout = absl::Seconds(1);
};

// Asks every registered instance itself, by grpc.health.v1, whether it serves, and expires leases.
// One thread sends the checks; answers come on the thread of an event loop.
class HealthChecker : public runtime::lifecycle::Part {
 public:
  HealthChecker(Registry& registry, HealthCheckerOptions options);
  ~HealthChecker() override;

  // Checks an instance at once instead of at the next interval. Thread-safe.
  void CheckSoon(const std::string& instance_id);

  std::string name() const override { return "health-checker"; }
  absl::Status Start() override;
  void Stop() override;

 private:
  struct Target {
    std::string address;  // host:port
    std::shared_ptr<runtime::rpc::Http2Channel> channel;
  };

  void Run();
  void Send(const v1::Instance& instance);

  Registry& registry_;
  const HealthCheckerOptions options_;
  // By instance id; checking thread only.
  std::map<std::string, Target> targets_;
  absl::Mutex mutex_;
  std::set<std::string> soon_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  int in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  std::thread thread_;
};

}  // namespace jobmesh::discovery
