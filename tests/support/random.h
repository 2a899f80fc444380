#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace jobmesh::testing {

// A small deterministic generator (SplitMix64, Steele et al. 2014): the same seed gives the same
// values on every platform, which std::uniform_int_distribution does not promise. Not for secrets.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  // A stream of its own for every (seed, index), so that item n needs none of the items before it.
  static Random For(uint64_t seed, uint64_t index) {
    Random mixed(seed ^ (index * 0xD1342543DE82EF95ULL));
    return Random(mixed.Next() + index);
  }

  uint64_t Next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }

  // A value in [0, n); n must be positive.
  uint32_t Below(uint32_t n) {
    return static_cast<uint32_t>((static_cast<uint64_t>(static_cast<uint32_t>(Next() >> 32)) * n) >>
                                 32);
  }

  // A value in [low, high].
  int Between(int low, int high) {
    return low + static_cast<int>(Below(static_cast<uint32_t>(high - low + 1)));
  }

  // A value in [0, 1).
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

  bool Chance(double probability) { return Unit() < probability; }

  template <typename T>
  const T& Pick(std::span<const T> items) {
    return items[Below(static_cast<uint32_t>(items.size()))];
  }

 private:
  uint64_t state_;
};

}  // namespace jobmesh::testing
