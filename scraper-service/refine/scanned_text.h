#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace jobmesh::scraper::refine {

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
  static uint32_t WordHash(std::string_view phrase) {
    size_t end = 1;
    const Kind kind = KindOf(phrase[0]);
    while (kind > kSymbol && end < phrase.size() && KindOf(phrase[end]) == kind) ++end;
    return Hash(phrase, 0, end);
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
    length = length < 8 ? length : 8;
    uint64_t word = 0;
    std::memcpy(&word, text.data() + at, text.size() - at >= 8 ? 8 : length);
    word = FirstBytes(word | kFold, length);
    return static_cast<uint32_t>((word * 0x9E3779B97F4A7C15ull) >> 32);
  }
  // In the order of memory, whatever the machine's.
  static uint64_t FirstBytes(uint64_t word, size_t length) {
    uint64_t mask = 0;
    std::memcpy(&mask, kMasks[length].data(), 8);
    return word & mask;
  }
  void Add(size_t at, size_t length) {
    starts_[count_++] = {static_cast<uint32_t>(at), Hash(text_, at, length)};
  }

  static constexpr uint64_t kFold = 0x2020202020202020ull;
  static constexpr std::array<std::array<unsigned char, 8>, 9> kMasks = [] {
    std::array<std::array<unsigned char, 8>, 9> masks{};
    for (size_t length = 0; length < masks.size(); ++length) {
      for (size_t i = 0; i < length; ++i) masks[length][i] = 0xFF;
    }
    return masks;
  }();

  std::string_view text_;
  std::unique_ptr<Start[]> starts_;
  size_t count_ = 0;
};

}  // namespace jobmesh::scraper::refine
