#include "runtime/policy/load_balancer.h"

#include <atomic>
#include <functional>

namespace jobmesh::runtime::policy {
namespace {

// splitmix64 (Steele, Lea, Flood 2014): a cheap, well-mixed generator and hash finisher.
uint64_t Mix(uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

class RandomSource {
 public:
  uint64_t Next() { return Mix(state_.fetch_add(1, std::memory_order_relaxed)); }

 private:
  std::atomic<uint64_t> state_{0x6a6f626d657368};
};

class RoundRobinLoadBalancer : public LoadBalancer {
 public:
  size_t Pick(std::span<const Candidate> candidates, std::string_view) override {
    return next_.fetch_add(1, std::memory_order_relaxed) % candidates.size();
  }

 private:
  std::atomic<size_t> next_{0};
};

// The less loaded of two random candidates (Mitzenmacher 2001): near the best balance, without
// herding.
class LeastRequestLoadBalancer : public LoadBalancer {
 public:
  size_t Pick(std::span<const Candidate> candidates, std::string_view) override {
    if (candidates.size() == 1) {
      return 0;
    }
    const uint64_t random = random_.Next();
    const size_t first = (random & 0xffffffff) % candidates.size();
    size_t second = (random >> 32) % (candidates.size() - 1);
    second += second >= first ? 1 : 0;
    // In flight per weight, compared without division.
    const uint64_t load_first =
        static_cast<uint64_t>(candidates[first].in_flight) * candidates[second].weight;
    const uint64_t load_second =
        static_cast<uint64_t>(candidates[second].in_flight) * candidates[first].weight;
    return load_second < load_first ? second : first;
  }

 private:
  RandomSource random_;
};

class WeightedLoadBalancer : public LoadBalancer {
 public:
  size_t Pick(std::span<const Candidate> candidates, std::string_view) override {
    uint64_t total = 0;
    for (const Candidate& candidate : candidates) {
      total += candidate.weight;
    }
    uint64_t point = random_.Next() % total;
    for (size_t i = 0; i < candidates.size(); ++i) {
      if (point < candidates[i].weight) {
        return i;
      }
      point -= candidates[i].weight;
    }
    return candidates.size() - 1;
  }

 private:
  RandomSource random_;
};

// Rendezvous hashing (Thaler, Ravishankar 1998): a key stays where it is unless its own instance
// goes.
class ConsistentHashLoadBalancer : public LoadBalancer {
 public:
  size_t Pick(std::span<const Candidate> candidates, std::string_view key) override {
    const uint64_t key_hash = std::hash<std::string_view>{}(key);
    size_t best = 0;
    uint64_t best_score = 0;
    for (size_t i = 0; i < candidates.size(); ++i) {
      const uint64_t score = Mix(key_hash ^ Mix(std::hash<std::string_view>{}(candidates[i].id)));
      if (i == 0 || score > best_score) {
        best = i;
        best_score = score;
      }
    }
    return best;
  }
};

}  // namespace

std::unique_ptr<LoadBalancer> MakeLoadBalancer(std::string_view name) {
  if (name == "round_robin") {
    return std::make_unique<RoundRobinLoadBalancer>();
  }
  if (name == "least_request") {
    return std::make_unique<LeastRequestLoadBalancer>();
  }
  if (name == "weighted") {
    return std::make_unique<WeightedLoadBalancer>();
  }
  if (name == "consistent_hash") {
    return std::make_unique<ConsistentHashLoadBalancer>();
  }
  return nullptr;
}

}  // namespace jobmesh::runtime::policy
