#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jobmesh::scraper::refine {

// A text with the places where phrases may begin: symbols other than blanks, and the first letters
// of words; a letter after a digit begins a word ("5yrs"). Made once, read by every extractor.
// Refers to the text, which must outlive it.
class ScannedText {
 public:
  // Implicit, so that extractors can be called with a plain text too.
  ScannedText(std::string_view text) : text_(text) {  // NOLINT(google-explicit-constructor)
    starts_.reserve(text.size() / 4 + 4);
    Kind before = kBlank;
    for (size_t i = 0; i < text.size(); ++i) {
      const Kind kind = kKinds[static_cast<unsigned char>(text[i])];
      const bool starts =
          kind == kSymbol || (kind > kSymbol && before != kLetter && before != kind);
      if (starts) starts_.push_back(static_cast<uint32_t>(i));
      before = kind;
    }
  }
  ScannedText(const std::string& text)
      : ScannedText(std::string_view(text)) {}  // NOLINT(google-explicit-constructor)
  ScannedText(const char* text)
      : ScannedText(std::string_view(text)) {}  // NOLINT(google-explicit-constructor)

  std::string_view text() const { return text_; }
  const std::vector<uint32_t>& starts() const { return starts_; }

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

  std::string_view text_;
  std::vector<uint32_t> starts_;
};

}  // namespace jobmesh::scraper::refine
