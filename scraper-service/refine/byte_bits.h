#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace jobmesh::scraper::refine {

// Sixteen bytes, asked together whether they are of a kind: an answer has the top bit of each set
// or not. With SSE2, which every x86-64 has, a question takes one to three instructions.
class Bytes {
 public:
#ifdef __SSE2__
  static Bytes Load(const char* bytes) {
    return Bytes(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)));
  }
  Bytes Is(char c) const { return Bytes(_mm_cmpeq_epi8(all_, _mm_set1_epi8(c))); }
  // Both below 0x80.
  Bytes IsBetween(char first, char last) const {
    const __m128i distance = _mm_sub_epi8(all_, _mm_set1_epi8(first));
    const __m128i greatest = _mm_set1_epi8(static_cast<char>(last - first));
    return Bytes(_mm_cmpeq_epi8(_mm_min_epu8(distance, greatest), distance));
  }
  Bytes operator|(Bytes other) const { return Bytes(_mm_or_si128(all_, other.all_)); }
  // Bit i is the top bit of byte i.
  uint64_t bits() const { return static_cast<uint32_t>(_mm_movemask_epi8(all_)); }
#else
  static Bytes Load(const char* bytes) {
    Bytes result;
    std::memcpy(result.all_.data(), bytes, result.all_.size());
    return result;
  }
  Bytes Is(char c) const {
    return Each([c](uint8_t byte) { return byte == static_cast<uint8_t>(c); });
  }
  Bytes IsBetween(char first, char last) const {
    return Each([&](uint8_t byte) { return byte >= first && byte <= last; });
  }
  Bytes operator|(Bytes other) const {
    for (size_t i = 0; i < all_.size(); ++i) other.all_[i] |= all_[i];
    return other;
  }
  uint64_t bits() const {
    uint64_t bits = 0;
    for (size_t i = 0; i < all_.size(); ++i) bits |= uint64_t{all_[i] >> 7u} << i;
    return bits;
  }
#endif
  // Bytes of characters beyond ASCII have their top bit set as they are.
  Bytes IsBeyondAscii() const { return *this; }
  Bytes IsDigit() const { return IsBetween('0', '9'); }
  // '_' and every byte of a character beyond ASCII count as letters too.
  Bytes IsLetter() const {
    return IsBetween('a', 'z') | IsBetween('A', 'Z') | Is('_') | IsBeyondAscii();
  }

 private:
#ifdef __SSE2__
  explicit Bytes(__m128i all) : all_(all) {}

  __m128i all_;
#else
  template <typename IsOne>
  Bytes Each(IsOne&& is_one) const {
    Bytes answer;
    for (size_t i = 0; i < all_.size(); ++i) answer.all_[i] = is_one(all_[i]) ? 0x80 : 0;
    return answer;
  }

  std::array<uint8_t, 16> all_{};
#endif
};

// 64 bytes of a text.
class ByteBlock {
 public:
  static constexpr size_t kBytes = 64;

  // The bytes from `at` on, which is not behind the text's end; zeros stand for those that are.
  // Refers to the text.
  ByteBlock(std::string_view text, size_t at) : bytes_(text.data() + at) {
    if (text.size() - at >= kBytes) return;
    padded_.fill(0);
    text.copy(padded_.data(), kBytes, at);
    bytes_ = padded_.data();
  }
  ByteBlock(const ByteBlock&) = delete;
  ByteBlock& operator=(const ByteBlock&) = delete;

  // Bit i tells of byte i what `kind`, a function of Bytes, answers.
  template <typename Kind>
  uint64_t Where(Kind&& kind) const {
    return kind(Bytes::Load(bytes_)).bits() | kind(Bytes::Load(bytes_ + 16)).bits() << 16 |
           kind(Bytes::Load(bytes_ + 32)).bits() << 32 |
           kind(Bytes::Load(bytes_ + 48)).bits() << 48;
  }

 private:
  const char* bytes_;
  std::array<char, kBytes> padded_;
};

// Calls found(begin, end) for every longest run of bytes of a kind, which zeros are not of.
template <typename Kind, typename Found>
void ForEachRun(std::string_view text, Kind&& kind, Found&& found) {
  size_t begin = 0;
  uint64_t inside = 0;  // 1 in a run
  // A run up to the text's end ends at the zeros behind it.
  for (size_t at = 0; at <= text.size(); at += ByteBlock::kBytes) {
    const uint64_t bits = ByteBlock(text, at).Where(kind);
    for (uint64_t edges = bits ^ (bits << 1 | inside); edges != 0; edges &= edges - 1) {
      const size_t edge = at + static_cast<size_t>(std::countr_zero(edges));
      if (inside != 0) found(begin, edge);
      begin = edge;
      inside ^= 1;
    }
  }
}

// Which bytes of a text are of a kind, to be gone through in leaps.
class ByteBits {
 public:
  // kind(const ByteBlock&) answers for 64 bytes.
  template <typename Kind>
  ByteBits(std::string_view text, Kind&& kind) : size_(text.size()) {
    bits_.reserve(text.size() / ByteBlock::kBytes + 1);
    for (size_t at = 0; at < text.size(); at += ByteBlock::kBytes)
      bits_.push_back(kind(ByteBlock(text, at)));
  }

  // The first byte from `at` on that is of the kind, or the text's size.
  size_t Next(size_t at) const {
    if (at >= size_) return size_;
    uint64_t rest = bits_[at / 64] >> at % 64;
    while (rest == 0) {
      at = (at / 64 + 1) * 64;
      if (at >= size_) return size_;
      rest = bits_[at / 64];
    }
    return std::min(at + static_cast<size_t>(std::countr_zero(rest)), size_);
  }
  // Behind the last one before `at`, which is within the text; 0 when there is none.
  size_t EndBefore(size_t at) const {
    for (; at > 0; at = (at - 1) / 64 * 64) {
      const uint64_t rest = bits_[(at - 1) / 64] << (63 - (at - 1) % 64);
      if (rest != 0) return at - static_cast<size_t>(std::countl_zero(rest));
    }
    return 0;
  }

 private:
  std::vector<uint64_t> bits_;
  size_t size_;
};

}  // namespace jobmesh::scraper::refine
