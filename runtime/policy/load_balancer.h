#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace jobmesh::runtime::policy {

// What a balancer knows of one instance at the moment of a pick.
struct Candidate {
  int in_flight = 0;      // calls under way from this process
  uint32_t weight = 100;  // relative share, > 0
  std::string_view id;    // stable identity, for hashing
};

// Chooses among instances. Pick is called by many threads at once.
class LoadBalancer {
 public:
  virtual ~LoadBalancer() = default;
  // Index of the chosen candidate; `candidates` is not empty. `key` matters to consistent hashing
  // only.
  virtual size_t Pick(std::span<const Candidate> candidates, std::string_view key) = 0;
};

// "round_robin", "least_request", "weighted", "consistent_hash"; null for anything else.
std::unique_ptr<LoadBalancer> MakeLoadBalancer(std::string_view name);

}  // namespace jobmesh::runtime::policy
