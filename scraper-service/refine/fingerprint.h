#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jobmesh::scraper::refine {

// What a text says, regardless of markup, case, punctuation and blanks.
struct Fingerprint {
  // 32 hexadecimal digits; equal for texts of equal words.
  std::string content;
  // Hashes of all runs of five words, in order. A text of fewer words has one, of what it has.
  std::vector<uint32_t> shingles;
};

Fingerprint FingerprintOf(std::string_view text);

// A text's shingles as a set: sorted, each once. Most texts are never compared, so FingerprintOf
// leaves that to who does.
using ShingleSet = std::vector<uint32_t>;
ShingleSet SetOf(const std::vector<uint32_t>& shingles);

// How much two texts share; all 0 when either is empty.
struct Overlap {
  double containment = 0;  // share of the smaller set that the larger holds: 1 for a beginning
  double resemblance = 0;  // share of both sets that they have in common
  size_t smaller = 0;      // size of the smaller set
};
Overlap OverlapOf(const ShingleSet& a, const ShingleSet& b);

// The part of a text's shingles by which copies find each other: the hashes divisible by `rate` (a
// power of two), the same choice in every text, so that a beginning keeps its share.
std::vector<uint32_t> Sketch(const std::vector<uint32_t>& shingles, uint32_t rate);

}  // namespace jobmesh::scraper::refine
