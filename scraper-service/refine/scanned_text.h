#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace jobmesh::scraper::refine {

// The bytes text[at, at + length) as a number, the first one lowest on every machine; length is
// from one to eight.
inline uint64_t LoadBytes(std::string_view text, size_t at, size_t length) {
  uint64_t bytes = 0;
  if (text.size() - at < 8) {
    for (size_t i = 0; i < length; ++i)
      bytes |= uint64_t{static_cast<unsigned char>(text[at + i])} << 8 * i;
    return bytes;
  }
  std::memcpy(&bytes, text.data() + at, 8);  // of a fixed size, which costs no call
  if constexpr (std::endian::native == std::endian::big) bytes = __builtin_bswap64(bytes);
  return bytes & ~uint64_t{0} >> (64 - 8 * length);
}

// A hash of text[begin, end) regardless of ASCII case, eight bytes at a time. Words are short: a
// call would cost as much again.
[[gnu::always_inline]] inline uint64_t HashWord(std::string_view text, size_t begin, size_t end) {
  constexpr uint64_t kFold = 0x2020202020202020ull;
  uint64_t hash = 0xCBF29CE484222325ull;
  for (; begin < end; begin += 8) {
    const size_t length = end - begin < 8 ? end - begin : 8;
    hash = (hash ^ (LoadBytes(text, begin, length) | kFold)) * 0x9E3779B97F4A7C15ull;
    hash ^= hash >> 29;
  }
  return hash;
}

// A text with the places where phrases may begin: symbols other than blanks, and the first letters
// of words; a letter after a digit begins a word ("5yrs"). Made once, read by every extractor.
// Refers to the text, which must outlive it.
class ScannedText {
 public:
  struct Start {
    uint32_t at;
    // Of the letters, or digits, that begin here, eight at most, regardless of case (WordHash).
    uint32_t hash;
  };

  // Implicit, so that extractors can be called with a plain text too.
  ScannedText(std::string_view text)  // NOLINT(google-explicit-constructor)
      : text_(text), starts_(std::make_unique_for_overwrite<Start[]>(text.size())) {
    const char* const data = text.data();
    const size_t size = text.size();
    Kind before = kBlank;
    for (size_t i = 0; i < size;) {
      const Kind kind = KindOf(data[i]);
      size_t end = i + 1;
      if (kind > kSymbol) {
        while (end < size && KindOf(data[end]) == kind) ++end;
        // "Python3" is one word.
        if (before != kLetter) Add(i, end - i);
      } else if (kind == kSymbol) {
        Add(i, 1);
      }
      before = kind;
      i = end;
    }
  }
  ScannedText(const std::string& text)
      : ScannedText(std::string_view(text)) {}  // NOLINT(google-explicit-constructor)
  ScannedText(const char* text)
      : ScannedText(std::string_view(text)) {}  // NOLINT(google-explicit-constructor)

  std::string_view text() const { return text_; }
  std::span<const Start> starts() const { return {starts_.get(), count_}; }

  // The hash of a Start at the beginning of a phrase, evenly spread over its bits.
  static uint32_t WordHash(std::string_view phrase) { return Hash(phrase, 0, WordLength(phrase)); }
  // How many bytes of the phrase that hash covers.
  static size_t WordLength(std::string_view phrase) {
    size_t end = 1;
    const Kind kind = KindOf(phrase[0]);
    while (kind > kSymbol && end < phrase.size() && end < 8 && KindOf(phrase[end]) == kind) ++end;
    return end;
  }

 private:
  enum Kind : uint8_t { kBlank, kSymbol, kDigit, kLetter };
  static constexpr std::array<Kind, 256> kKinds = [] {
    std::array<Kind, 256> kinds{};
    for (int c = 0; c < 256; ++c) {
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
      const bool digit = c >= '0' && c <= '9';
      kinds[c] = letter ? kLetter : digit ? kDigit : c == ' ' || c == '\n' ? kBlank : kSymbol;
    }
    return kinds;
  }();
  static Kind KindOf(char c) { return kKinds[static_cast<unsigned char>(c)]; }

  static uint32_t Hash(std::string_view text, size_t at, size_t length) {
    constexpr uint64_t kFold = 0x2020202020202020ull;
    const uint64_t word = LoadBytes(text, at, length < 8 ? length : 8) | kFold;
    return static_cast<uint32_t>((word * 0x9E3779B97F4A7C15ull) >> 32);
  }
  void Add(size_t at, size_t length) {
    starts_[count_++] = {static_cast<uint32_t>(at), Hash(text_, at, length)};
  }

  std::string_view text_;
  std::unique_ptr<Start[]> starts_;
  size_t count_ = 0;
};

}  // namespace jobmesh::scraper::refine
