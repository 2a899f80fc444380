#include "scraper-service/refine/fingerprint.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "scraper-service/refine/ascii.h"
#include "scraper-service/refine/phrase_matcher.h"

namespace jobmesh::scraper::refine {
namespace {

constexpr size_t kShingleWords = 5;

uint64_t Mix(uint64_t x) {
  x ^= x >> 33;
  x *= 0xFF51AFD7ED558CCDull;
  x ^= x >> 33;
  x *= 0xC4CEB9FE1A85EC53ull;
  return x ^ (x >> 33);
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
  uint64_t low = 0x9E3779B97F4A7C15ull, high = 0xC2B2AE3D27D4EB4Full;
  uint64_t word = 0;
  bool in_word = false;
  const auto close = [&] {
    const uint64_t hash = Mix(word);
    low = Mix(low ^ hash);
    high = Mix(high + hash * 31);
    window[words % kShingleWords] = hash;
    ++words;
    if (words >= kShingleWords) {
      uint64_t shingle = 0;
      for (size_t k = 0; k < kShingleWords; ++k)
        shingle = shingle * 0x100000001B3ull + window[(words + k) % kShingleWords];
      result.shingles.push_back(static_cast<uint32_t>(Mix(shingle)));
    }
    in_word = false;
  };
  for (const char c : text) {
    if (IsWordByte(c)) {
      if (!in_word) word = 0xCBF29CE484222325ull;
      word = (word ^ static_cast<unsigned char>(ToLower(c))) * 0x100000001B3ull;
      in_word = true;
    } else if (in_word) {
      close();
    }
  }
  if (in_word) close();
  if (words > 0 && words < kShingleWords) result.shingles.push_back(static_cast<uint32_t>(low));
  std::sort(result.shingles.begin(), result.shingles.end());
  result.shingles.erase(std::unique(result.shingles.begin(), result.shingles.end()),
                        result.shingles.end());
  char buffer[33];
  std::snprintf(buffer, sizeof buffer, "%016llx%016llx", static_cast<unsigned long long>(low),
                static_cast<unsigned long long>(high));
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
