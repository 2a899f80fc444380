#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scraper-service/refine/scanned_text.h"

namespace jobmesh::scraper::refine {

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

// Finds any number of phrases in one pass over a text: a table of first words, looked up where a
// word or a symbol begins and a filter does not rule it out, with a tree behind each. ASCII letters
// match in either case and a line end matches a blank; everything else is literal. Takes time in
// proportion to the text, at worst times the longest phrase. Immutable after construction; may be
// used from many threads.
class PhraseMatcher {
 public:
  struct Phrase {
    std::string text;
    uint32_t id = 0;
  };

  explicit PhraseMatcher(const std::vector<Phrase>& phrases);

  // Calls found(id, begin, end) for every occurrence of every phrase that does not begin inside a
  // word (ScannedText) and whose first word is a whole one, if it has less than eight letters; in
  // order of begin, shorter ones first. Where the last word ends is the caller's affair.
  template <typename Found>
  void ForEach(const ScannedText& scanned, Found&& found) const {
    const std::string_view text = scanned.text();
    // For most starts this is all there is to do, so nothing is read again that stays the same.
    const uint64_t* const filter = filter_.data();
    const int shift = filter_shift_;
    for (const auto& [begin, hash] : scanned.starts()) {
      const uint32_t bit = hash >> shift;
      if ((filter[bit / 64] >> bit % 64 & 1) == 0) continue;  // most words begin no phrase
      const FirstWord* const word = Find(text, begin, hash);
      if (word == nullptr) continue;
      const Node* node = &nodes_[word->node];
      for (size_t end = size_t{begin} + word->length(); HasTail(text, end, *node);) {
        end += node->tail_length;
        if (node->ids != 0) found(node->id, size_t{begin}, end);
        for (uint32_t k = 1; k < node->ids; ++k)
          found(more_ids_[node->more_ids + k - 1], size_t{begin}, end);
        if (end == text.size()) break;
        node = Child(*node, text[end++]);
        if (node == nullptr) break;
      }
    }
  }

  // The hashes of the phrases' first words (ScannedText::Start).
  std::vector<uint32_t> FirstHashes() const;

 private:
  // A node of a radix tree: the bytes that all phrases behind it have in common, then the phrases
  // that end there, then a child for each next byte. Small enough for a processor's cache.
  struct Node {
    uint32_t tail = 0;  // in tails_
    uint32_t tail_length = 0;
    uint32_t ids = 0;  // how many phrases end here: one at most, but where some differ in case
    uint32_t id = 0;
    uint32_t more_ids = 0;  // in more_ids_
    uint32_t children = 0;
    uint32_t first_child = 0;  // the others follow it
  };

  // How phrases begin: the letters of their first word, eight at most, or one symbol.
  struct FirstWord {
    uint64_t letters = 0;  // in lower case, the first one lowest; 0 = an empty slot
    uint32_t hash = 0;     // of a Start
    uint32_t node = 0;     // what follows

    size_t length() const { return 8 - static_cast<size_t>(std::countl_zero(letters)) / 8; }
  };

  // A phrase on its way into the tree.
  struct Entry {
    FirstWord first = {};
    std::string key = {};  // the text as classes
    uint32_t id = 0;
  };

  void BuildTree(const std::vector<Entry>& entries);
  void BuildTables();
  static uint64_t Lower(uint64_t bytes);
  // The entry of what begins at `at` with that hash, or null.
  const FirstWord* Find(std::string_view text, size_t at, uint32_t hash) const {
    for (uint32_t slot = hash >> words_shift_;; slot = (slot + 1) & words_mask_) {
      const FirstWord& word = words_[slot];
      if (word.letters == 0) return nullptr;
      if (word.hash == hash && text.size() - at >= word.length() &&
          Lower(LoadBytes(text, at, word.length())) == word.letters) {
        return &word;
      }
    }
  }

  bool HasTail(std::string_view text, size_t at, const Node& node) const {
    if (text.size() - at < node.tail_length) return false;
    for (uint32_t k = 0; k < node.tail_length; ++k) {
      if (ClassOf(text[at + k]) != tails_[node.tail + k]) return false;
    }
    return true;
  }
  // Null when there is none.
  const Node* Child(const Node& node, char c) const {
    const uint8_t cls = ClassOf(c);
    for (uint32_t child = node.first_child; child < node.first_child + node.children; ++child) {
      if (first_bytes_[child] == cls) return &nodes_[child];
    }
    return nullptr;
  }
  uint8_t ClassOf(char c) const { return class_of_[static_cast<unsigned char>(c)]; }

  // A bit for the first word of every phrase, by the leading bits of its hash.
  std::vector<uint64_t> filter_;
  int filter_shift_ = 0;
  // Bytes that match each other are of one class; 0 is every byte that occurs in no phrase.
  std::array<uint8_t, 256> class_of_{};
  // By the leading bits of the hash, the next free slot where that is taken; half empty at least.
  std::vector<FirstWord> words_;
  int words_shift_ = 0;
  uint32_t words_mask_ = 0;
  std::vector<Node> nodes_;
  // By which a child is chosen, as a class.
  std::vector<uint8_t> first_bytes_;
  std::vector<uint8_t> tails_;  // classes
  std::vector<uint32_t> more_ids_;
};

inline uint64_t PhraseMatcher::Lower(uint64_t bytes) {
  constexpr uint64_t kEach = 0x0101010101010101ull;
  const uint64_t low = bytes & 0x7F * kEach;
  const uint64_t from_a = low + (0x80 - 'A') * kEach;
  const uint64_t beyond_z = low + (0x7F - 'Z') * kEach;
  return bytes | ((from_a ^ beyond_z) & ~bytes & 0x80 * kEach) >> 2;
}

// Of the texts of a table's rows; ids are the rows' places in it.
template <typename Row, size_t kRows>
PhraseMatcher MatcherOf(const Row (&rows)[kRows]) {
  std::vector<PhraseMatcher::Phrase> phrases;
  for (uint32_t i = 0; i < kRows; ++i) phrases.push_back({std::string(rows[i].text), i});
  return PhraseMatcher(phrases);
}

// Tells the starts at which a phrase of one of several matchers may begin, so that a text they all
// go through need not be gone through whole by each. Immutable after construction.
class StartFilter {
 public:
  explicit StartFilter(std::span<const PhraseMatcher* const> matchers);

  bool operator()(const ScannedText::Start& start) const { return kept_[start.hash >> kShift]; }

 private:
  static constexpr int kBits = 12;
  static constexpr int kShift = 32 - kBits;

  std::array<bool, 1 << kBits> kept_{};
};

}  // namespace jobmesh::scraper::refine
