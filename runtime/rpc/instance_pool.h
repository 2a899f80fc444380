#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/synchronization/mutex.h"

#include "runtime/policy/circuit_breaker.h"
#include "runtime/policy/load_balancer.h"
#include "runtime/rpc/endpoints.h"
#include "runtime/rpc/http2_channel.h"

namespace jobmesh::runtime::rpc {

// One instance of a service as one client sees it: its channel and what the client knows of its
// health.
struct ClientInstance {
  explicit ClientInstance(Endpoint endpoint, policy::CircuitBreakerOptions breaker);

  const Endpoint endpoint;
  Http2Channel channel;
  policy::CircuitBreaker breaker;
  std::atomic<int> in_flight{0};
};

// The instances of one service: follows its Endpoints, keeps one channel an instance, and picks for
// each call. Thread-safe.
class InstancePool {
 public:
  // `on_change` is called after the set of instances has changed, without the pool's lock.
  InstancePool(std::string service, Endpoints& endpoints,
               std::unique_ptr<policy::LoadBalancer> balancer,
               policy::CircuitBreakerOptions breaker, std::function<void()> on_change);

  // An instance that may be called now and is not in `tried`, or, when there is none, one that is
  // in it; null when every instance is left out. The caller reports the outcome to its breaker.
  std::shared_ptr<ClientInstance> Pick(const std::vector<const ClientInstance*>& tried,
                                       std::string_view key);

  // Soonest time at which a left-out instance may be probed; the past when none is left out.
  absl::Time NextProbe() const;
  std::vector<std::shared_ptr<ClientInstance>> Instances() const;

 private:
  using List = std::vector<std::shared_ptr<ClientInstance>>;

  // The current instances, brought up to date with the endpoints.
  std::shared_ptr<const List> Current();

  const std::string service_;
  Endpoints& endpoints_;
  const std::unique_ptr<policy::LoadBalancer> balancer_;
  const policy::CircuitBreakerOptions breaker_;
  const std::function<void()> on_change_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<const EndpointList> followed_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const List> instances_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace jobmesh::runtime::rpc
