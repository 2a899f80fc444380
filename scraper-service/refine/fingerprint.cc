#include "scraper-service/refine/fingerprint.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

#include "scraper-service/refine/byte_bits.h"
#include "scraper-service/refine/scanned_text.h"

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

constexpr uint64_t kBase = 0x100000001B3ull;
constexpr uint64_t kLeaving = kBase * kBase * kBase * kBase * kBase;

size_t Common(const ShingleSet& a, const ShingleSet& b) {
  size_t common = 0;
  const uint32_t* x = a.data();
  const uint32_t* y = b.data();
  const uint32_t* const x_end = x + a.size();
  const uint32_t* const y_end = y + b.size();
  while (x != x_end && y != y_end) {
    // Steps from the sign of the difference: no processor could foresee where branches would go.
    const int64_t ahead = int64_t{*x} - int64_t{*y};
    const uint64_t x_step = static_cast<uint64_t>(ahead - 1) >> 63;  // 1 where *x <= *y
    const uint64_t y_step = static_cast<uint64_t>(~ahead) >> 63;     // 1 where *x >= *y
    common += x_step & y_step;
    x += x_step;
    y += y_step;
  }
  return common;
}

}  // namespace

Fingerprint FingerprintOf(std::string_view text) {
  std::vector<uint64_t> words;
  words.reserve(text.size() / 5 + 1);
  ForEachRun(
      text, [](Bytes bytes) { return bytes.IsLetter() | bytes.IsDigit(); },
      [&](size_t begin, size_t end) { words.push_back(HashWord(text, begin, end)); });
  uint64_t low = 0x9E3779B97F4A7C15ull, high = 0xC2B2AE3D27D4EB4Full;
  for (const uint64_t word : words) {
    low = (low ^ word) * 0xFF51AFD7ED558CCDull;
    high = (high << 7 | high >> 57) + word * 0xC4CEB9FE1A85EC53ull;
  }
  Fingerprint result;
  if (words.size() >= kShingleWords) {
    result.shingles.resize(words.size() - kShingleWords + 1);
    uint64_t rolling = 0;  // a polynomial over the last five words
    for (size_t i = 0; i < kShingleWords; ++i) rolling = rolling * kBase + words[i];
    result.shingles[0] = static_cast<uint32_t>(Mix(rolling));
    for (size_t i = kShingleWords; i < words.size(); ++i) {
      // The oldest leaves, the newest enters.
      rolling = rolling * kBase + words[i] - words[i - kShingleWords] * kLeaving;
      result.shingles[i - kShingleWords + 1] = static_cast<uint32_t>(Mix(rolling));
    }
  } else if (!words.empty()) {
    result.shingles.push_back(static_cast<uint32_t>(Mix(low)));
  }
  char buffer[33];
  std::snprintf(buffer, sizeof buffer, "%016llx%016llx", static_cast<unsigned long long>(Mix(low)),
                static_cast<unsigned long long>(Mix(high)));
  result.content = buffer;
  return result;
}

ShingleSet SetOf(const std::vector<uint32_t>& shingles) {
  // Hashes are evenly spread: by their leading bits they come to lie next to where they belong.
  constexpr int kShift = 32 - 8;
  std::array<uint32_t, (1 << 8) + 1> begin{};
  for (const uint32_t shingle : shingles) ++begin[(shingle >> kShift) + 1];
  for (size_t i = 1; i < begin.size(); ++i) begin[i] += begin[i - 1];
  ShingleSet set(shingles.size());
  for (const uint32_t shingle : shingles) set[begin[shingle >> kShift]++] = shingle;
  // begin[b] is now where those of leading bits b end.
  auto from = set.begin();
  for (size_t b = 0; b < begin.size() - 1; ++b) {
    const auto to = set.begin() + begin[b];
    std::sort(from, to);
    from = to;
  }
  set.erase(std::unique(set.begin(), set.end()), set.end());
  return set;
}

Overlap OverlapOf(const ShingleSet& a, const ShingleSet& b) {
  if (a.empty() || b.empty()) return {};
  const size_t common = Common(a, b);
  const size_t smaller = std::min(a.size(), b.size());
  return {static_cast<double>(common) / static_cast<double>(smaller),
          static_cast<double>(common) / static_cast<double>(a.size() + b.size() - common), smaller};
}

std::vector<uint32_t> Sketch(const std::vector<uint32_t>& shingles, uint32_t rate) {
  std::vector<uint32_t> sketch(shingles.size() + 1);
  size_t count = 0;
  for (const uint32_t shingle : shingles) {
    sketch[count] = shingle;
    count += (shingle & (rate - 1)) == 0 ? 1 : 0;
  }
  sketch.resize(count);
  return sketch;
}

}  // namespace jobmesh::scraper::refine
