#include "scraper-service/refine/fingerprint.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

#include "scraper-service/refine/ascii.h"
#include "scraper-service/refine/phrase_matcher.h"
#include "scraper-service/refine/scanned_text.h"

namespace jobmesh::scraper::refine {
namespace {

constexpr size_t kShingleWords = 5;

const std::array<bool, 256> kInWord = [] {
  std::array<bool, 256> in_word{};
  for (int c = 0; c < 256; ++c) in_word[c] = IsWordByte(static_cast<char>(c));
  return in_word;
}();

uint64_t Mix(uint64_t x) {
  x ^= x >> 33;
  x *= 0xFF51AFD7ED558CCDull;
  x ^= x >> 33;
  x *= 0xC4CEB9FE1A85EC53ull;
  return x ^ (x >> 33);
}

constexpr uint64_t kBase = 0x100000001B3ull;
constexpr uint64_t kLeaving = kBase * kBase * kBase * kBase * kBase;

// Sorts evenly spread hashes: by their leading bits, then what is left moves a few places.
void SortHashes(std::vector<uint32_t>& hashes) {
  constexpr int kBits = 8;
  std::array<uint32_t, (1 << kBits) + 1> begin{};
  for (const uint32_t hash : hashes) ++begin[(hash >> (32 - kBits)) + 1];
  for (size_t i = 1; i < begin.size(); ++i) begin[i] += begin[i - 1];
  std::vector<uint32_t> sorted(hashes.size());
  for (const uint32_t hash : hashes) sorted[begin[hash >> (32 - kBits)]++] = hash;
  // begin[b] is now where bucket b ends. A text of one sentence over and over fills few buckets.
  for (size_t b = 0; b < begin.size() - 1; ++b) {
    const uint32_t from = b == 0 ? 0 : begin[b - 1];
    if (begin[b] - from > 64) {
      std::sort(sorted.begin() + from, sorted.begin() + begin[b]);
      continue;
    }
    for (uint32_t i = from + 1; i < begin[b]; ++i) {
      const uint32_t hash = sorted[i];
      uint32_t at = i;
      for (; at > from && sorted[at - 1] > hash; --at) sorted[at] = sorted[at - 1];
      sorted[at] = hash;
    }
  }
  hashes.swap(sorted);
}

size_t Common(const std::vector<uint32_t>& a, const std::vector<uint32_t>& b) {
  size_t common = 0;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j]) {
      ++common;
      ++i;
      ++j;
    } else if (a[i] < b[j]) {
      ++i;
    } else {
      ++j;
    }
  }
  return common;
}

}  // namespace

Fingerprint FingerprintOf(std::string_view text) {
  Fingerprint result;
  result.shingles.reserve(text.size() / 6 + 1);
  std::array<uint64_t, kShingleWords> window{};
  size_t words = 0;
  size_t slot = 0;
  uint64_t low = 0x9E3779B97F4A7C15ull, high = 0xC2B2AE3D27D4EB4Full;
  uint64_t rolling = 0;
  for (size_t i = 0; i < text.size();) {
    if (!kInWord[static_cast<unsigned char>(text[i])]) {
      ++i;
      continue;
    }
    size_t end = i + 1;
    while (end < text.size() && kInWord[static_cast<unsigned char>(text[end])]) ++end;
    const uint64_t word = HashWord(text, i, end);
    i = end;
    low = (low ^ word) * 0xFF51AFD7ED558CCDull;
    high = (high << 7 | high >> 57) + word * 0xC4CEB9FE1A85EC53ull;
    // A polynomial over the last five words: the oldest leaves, the newest enters.
    rolling = rolling * kBase + word - window[slot] * kLeaving;
    window[slot] = word;
    slot = slot + 1 == kShingleWords ? 0 : slot + 1;
    if (++words >= kShingleWords) result.shingles.push_back(static_cast<uint32_t>(Mix(rolling)));
  }
  if (words > 0 && words < kShingleWords)
    result.shingles.push_back(static_cast<uint32_t>(Mix(low)));
  SortHashes(result.shingles);
  result.shingles.erase(std::unique(result.shingles.begin(), result.shingles.end()),
                        result.shingles.end());
  char buffer[33];
  std::snprintf(buffer, sizeof buffer, "%016llx%016llx", static_cast<unsigned long long>(Mix(low)),
                static_cast<unsigned long long>(Mix(high)));
  result.content = buffer;
  return result;
}

double Containment(const std::vector<uint32_t>& a, const std::vector<uint32_t>& b) {
  const size_t smaller = std::min(a.size(), b.size());
  return smaller == 0 ? 0 : static_cast<double>(Common(a, b)) / static_cast<double>(smaller);
}

double Resemblance(const std::vector<uint32_t>& a, const std::vector<uint32_t>& b) {
  if (a.empty() || b.empty()) return 0;
  const size_t common = Common(a, b);
  return static_cast<double>(common) / static_cast<double>(a.size() + b.size() - common);
}

std::vector<uint32_t> Sketch(const std::vector<uint32_t>& shingles, uint32_t rate) {
  std::vector<uint32_t> sketch;
  for (const uint32_t shingle : shingles) {
    if ((shingle & (rate - 1)) == 0) sketch.push_back(shingle);
  }
  return sketch;
}

}  // namespace jobmesh::scraper::refine
