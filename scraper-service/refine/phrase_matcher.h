#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jobmesh::scraper::refine {

// Finds any number of phrases in one pass over a text (Aho-Corasick, as a complete automaton over
// byte classes). ASCII letters match in either case and a line end matches a blank; everything else
// is literal. Immutable after construction; may be used from many threads.
class PhraseMatcher {
 public:
  struct Phrase {
    std::string text;
    uint32_t id = 0;
  };

  explicit PhraseMatcher(const std::vector<Phrase>& phrases);

  // Calls found(id, begin, end) for every occurrence of every phrase, in order of end, longer ones
  // first. Word boundaries are the caller's affair.
  template <typename Found>
  void ForEach(std::string_view text, Found&& found) const {
    uint32_t state = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      state = next_[(state & kStateMask) + class_of_[static_cast<unsigned char>(text[i])]];
      if ((state & kHasOutput) == 0) continue;
      const uint32_t node = (state & kStateMask) / classes_;
      for (uint32_t at = output_of_[node]; at != 0; at = outputs_[at].next) {
        found(outputs_[at].id, i + 1 - outputs_[at].length, i + 1);
      }
    }
  }

 private:
  static constexpr uint32_t kHasOutput = 1u << 31;
  static constexpr uint32_t kStateMask = kHasOutput - 1;

  struct Output {
    uint32_t id;
    uint32_t length;
    uint32_t next;  // 0 = last
  };

  std::array<uint8_t, 256> class_of_{};
  uint32_t classes_ = 1;
  // Row of a state times classes_, with kHasOutput set where a phrase ends.
  std::vector<uint32_t> next_;
  std::vector<uint32_t> output_of_;
  std::vector<Output> outputs_;
};

// True for bytes that belong to words: letters, digits, '_' and every byte of a character beyond
// ASCII.
inline bool IsWordByte(char c) {
  const auto u = static_cast<unsigned char>(c);
  return (u >= '0' && u <= '9') || ((u | 0x20) >= 'a' && (u | 0x20) <= 'z') || u == '_' ||
         u >= 0x80;
}

// True when text[begin, end) neither continues a word to its left nor to its right.
inline bool IsWholeWord(std::string_view text, size_t begin, size_t end) {
  const bool left = begin == 0 || !IsWordByte(text[begin - 1]) || !IsWordByte(text[begin]);
  const bool right = end == text.size() || !IsWordByte(text[end]) || !IsWordByte(text[end - 1]);
  return left && right;
}

}  // namespace jobmesh::scraper::refine
