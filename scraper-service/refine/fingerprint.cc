#include "scraper-service/refine/fingerprint.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "scraper-service/refine/ascii.h"
#include "scraper-service/refine/phrase_matcher.h"

namespace jobmesh::scraper::refine {
namespace {

constexpr size_t kShingleWords = 5;

// Bytes of words in lower case, 0 for all others.
const std::array<unsigned char, 256> kFolded = [] {
  std::array<unsigned char, 256> folded{};
  for (int c = 0; c < 256; ++c) {
    if (IsWordByte(static_cast<char>(c)))
      folded[c] = static_cast<unsigned char>(ToLower(static_cast<char>(c)));
  }
  return folded;
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
constexpr uint64_t kWordSeed = 0xCBF29CE484222325ull;

// Sorts evenly spread hashes: by their leading bits, then what is left within a few places.
void SortHashes(std::vector<uint32_t>& hashes) {
  constexpr int kBits = 9;
  std::array<uint32_t, (1 << kBits) + 1> begin{};
  for (const uint32_t hash : hashes) ++begin[(hash >> (32 - kBits)) + 1];
  for (size_t i = 1; i < begin.size(); ++i) begin[i] += begin[i - 1];
  std::vector<uint32_t> sorted(hashes.size());
  for (const uint32_t hash : hashes) sorted[begin[hash >> (32 - kBits)]++] = hash;
  // begin[b] is now where bucket b ends.
  for (size_t b = 0; b < begin.size() - 1; ++b) {
    std::sort(sorted.begin() + (b == 0 ? 0 : begin[b - 1]), sorted.begin() + begin[b]);
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
  uint64_t word = kWordSeed;
  bool in_word = false;
  const auto close = [&] {
    low = (low ^ word) * 0xFF51AFD7ED558CCDull;
    high = (high << 7 | high >> 57) + word * 0xC4CEB9FE1A85EC53ull;
    // A polynomial over the last five words: the oldest leaves, the newest enters.
    rolling = rolling * kBase + word - window[slot] * kLeaving;
    window[slot] = word;
    slot = slot + 1 == kShingleWords ? 0 : slot + 1;
    if (++words >= kShingleWords) result.shingles.push_back(static_cast<uint32_t>(Mix(rolling)));
    in_word = false;
    word = kWordSeed;
  };
  for (const char c : text) {
    const unsigned char folded = kFolded[static_cast<unsigned char>(c)];
    if (folded != 0) {
      word = (word ^ folded) * kBase;
      in_word = true;
    } else if (in_word) {
      close();
    }
  }
  if (in_word) close();
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
