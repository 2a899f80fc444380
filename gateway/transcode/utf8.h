#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace jobmesh::gateway::transcode {

// Length in bytes of the UTF-8 sequence at `at`, or 0 where it is not valid (RFC 3629: no overlong
// forms, no surrogates, nothing above U+10FFFF). `at` < `end`.
inline std::size_t Utf8SequenceLength(const char* at, const char* end) {
  const auto byte = [at](int i) { return static_cast<unsigned char>(at[i]); };
  const auto continues = [byte](int i) { return (byte(i) & 0xc0) == 0x80; };
  const unsigned char first = byte(0);
  const auto left = end - at;
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return left >= 2 && continues(1) ? 2 : 0;
  if (first < 0xf0) {
    if (left < 3 || !continues(1) || !continues(2)) return 0;
    if (first == 0xe0 && byte(1) < 0xa0) return 0;
    if (first == 0xed && byte(1) >= 0xa0) return 0;
    return 3;
  }
  if (first < 0xf5) {
    if (left < 4 || !continues(1) || !continues(2) || !continues(3)) return 0;
    if (first == 0xf0 && byte(1) < 0x90) return 0;
    if (first == 0xf4 && byte(1) >= 0x90) return 0;
    return 4;
  }
  return 0;
}

inline bool IsUtf8(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    const std::size_t length = Utf8SequenceLength(at, end);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

// Which bytes of `word` are not plain in a JSON string: the lowest high bit that is set stands in
// the first of them (of several, later ones may be set wrongly).
inline std::uint64_t NotPlainJson(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHigh = 0x8080808080808080;
  const std::uint64_t quote = word ^ (kOnes * '"');
  const std::uint64_t backslash = word ^ (kOnes * '\\');
  return (word | (word - kOnes * 0x20) | (quote - kOnes) | (backslash - kOnes)) & kHigh;
}

// The first byte from `at` on that is not plain in a JSON string: a control character, a quote, a
// backslash, or a byte of a multi-byte sequence. Eight bytes at a time.
inline const char* SkipPlainJson(const char* at, const char* end) {
  static_assert(std::endian::native == std::endian::little);
  while (end - at >= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    const std::uint64_t special = NotPlainJson(word);
    if (special != 0) return at + std::countr_zero(special) / 8;
    at += 8;
  }
  if (end - at >= 4) {
    std::uint32_t half;
    std::memcpy(&half, at, 4);
    // Filled up with what is plain.
    const std::uint64_t special = NotPlainJson(half | std::uint64_t{0x20202020} << 32);
    if (special != 0) return at + std::countr_zero(special) / 8;
    at += 4;
  }
  while (at < end) {
    const auto byte = static_cast<unsigned char>(*at);
    if (byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\') break;
    ++at;
  }
  return at;
}

// Writes the UTF-8 form of `code_point` (not a surrogate) at `out`; returns the end.
inline char* PutUtf8(char* out, std::uint32_t code_point) {
  const auto put = [&out](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xc0 | code_point >> 6);
    put(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    put(0xe0 | code_point >> 12);
    put(0x80 | (code_point >> 6 & 0x3f));
    put(0x80 | (code_point & 0x3f));
  } else {
    put(0xf0 | code_point >> 18);
    put(0x80 | (code_point >> 12 & 0x3f));
    put(0x80 | (code_point >> 6 & 0x3f));
    put(0x80 | (code_point & 0x3f));
  }
  return out;
}

}  // namespace jobmesh::gateway::transcode
