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
  // Hashes of all runs of five words, sorted, each once. A text of fewer words has one, of what it
  // has.
  std::vector<uint32_t> shingles;
};

Fingerprint FingerprintOf(std::string_view text);

// Share of the smaller set that the larger holds, 0-1: 1 for a text and its beginning. 0 when
// either is empty.
double Containment(const std::vector<uint32_t>& a, const std::vector<uint32_t>& b);

// Share of both sets that they have in common, 0-1.
double Resemblance(const std::vector<uint32_t>& a, const std::vector<uint32_t>& b);

// The part of a shingle set by which copies find each other: the hashes divisible by `rate` (a
// power of two), the same choice in every text, so that a beginning keeps its share.
std::vector<uint32_t> Sketch(const std::vector<uint32_t>& shingles, uint32_t rate);

}  // namespace jobmesh::scraper::refine
