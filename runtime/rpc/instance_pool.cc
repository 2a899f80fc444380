#include "runtime/rpc/instance_pool.h"

#include <algorithm>

#include "absl/time/clock.h"

namespace jobmesh::runtime::rpc {

ClientInstance::ClientInstance(Endpoint endpoint, policy::CircuitBreakerOptions breaker)
    : endpoint(std::move(endpoint)),
      channel(this->endpoint.target),
      breaker(breaker, std::hash<std::string>{}(this->endpoint.instance_id)) {}

InstancePool::InstancePool(std::string service, Endpoints& endpoints,
                           std::unique_ptr<policy::LoadBalancer> balancer,
                           policy::CircuitBreakerOptions breaker, std::function<void()> on_change)
    : service_(std::move(service)),
      endpoints_(endpoints),
      balancer_(std::move(balancer)),
      breaker_(breaker),
      on_change_(std::move(on_change)),
      instances_(std::make_shared<List>()) {}

std::shared_ptr<ClientInstance> InstancePool::Pick(const std::vector<const ClientInstance*>& tried,
                                                   std::string_view key) {
  const absl::Time now = absl::Now();
  std::shared_ptr<const List> list = Current();
  const auto is_tried = [&](const ClientInstance& instance) {
    return std::ranges::find(tried, &instance) != tried.end();
  };
  for (const bool again : {false, true}) {
    List open;
    std::vector<policy::Candidate> candidates;
    for (const auto& instance : *list) {
      if (is_tried(*instance) == again &&
          instance->breaker.state(now) != policy::CircuitBreaker::State::kOpen) {
        open.push_back(instance);
        candidates.push_back({instance->in_flight.load(std::memory_order_relaxed),
                              std::max(1u, instance->endpoint.weight),
                              instance->endpoint.instance_id});
      }
    }
    // A probe is let through once: whoever comes second picks another instance.
    while (!open.empty()) {
      const size_t picked = balancer_->Pick(candidates, key);
      if (open[picked]->breaker.TryAcquire(now)) {
        return open[picked];
      }
      open.erase(open.begin() + static_cast<ptrdiff_t>(picked));
      candidates.erase(candidates.begin() + static_cast<ptrdiff_t>(picked));
    }
  }
  return nullptr;
}

absl::Time InstancePool::NextProbe() const {
  absl::Time soonest = absl::InfiniteFuture();
  std::vector<std::shared_ptr<ClientInstance>> instances = Instances();
  for (const auto& instance : instances) {
    soonest = std::min(soonest, instance->breaker.retry_time());
  }
  return instances.empty() ? absl::InfinitePast() : soonest;
}

std::vector<std::shared_ptr<ClientInstance>> InstancePool::Instances() const {
  absl::MutexLock lock(&mutex_);
  return *instances_;
}

std::shared_ptr<const InstancePool::List> InstancePool::Current() {
  std::shared_ptr<const EndpointList> endpoints = endpoints_.Get(service_);
  std::shared_ptr<const List> current;
  {
    absl::MutexLock lock(&mutex_);
    if (endpoints == followed_) {
      return instances_;
    }
    auto next = std::make_shared<List>();
    for (const Endpoint& endpoint : endpoints->endpoints) {
      auto known =
          std::ranges::find_if(*instances_, [&](const auto& i) { return i->endpoint == endpoint; });
      next->push_back(known != instances_->end()
                          ? *known
                          : std::make_shared<ClientInstance>(endpoint, breaker_));
    }
    followed_ = std::move(endpoints);
    instances_ = current = std::move(next);
  }
  on_change_();
  return current;
}

}  // namespace jobmesh::runtime::rpc
