#pragma once

#include <array>
#include <bit>
#include <cstdint>
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
// word or a symbol begins and a filter does not rule it out, with a trie behind each. ASCII letters
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
    for (const auto [begin, hash] : scanned.starts()) {
      if (!MayBegin(hash)) continue;
      const FirstWord* const word = Find(text, begin, hash);
      if (word == nullptr) continue;
      uint32_t node = word->node;
      for (size_t end = size_t{begin} + word->length(); node != 0; ++end) {
        if ((node & kLeaf) != 0) {
          const Leaf& leaf = leaves_[node - kLeaf];
          if (HasTail(text, end, leaf)) found(leaf.id, size_t{begin}, end + leaf.length);
          break;
        }
        for (uint32_t at = output_of_[node]; at != 0; at = outputs_[at].next) {
          found(outputs_[at].id, size_t{begin}, end);
        }
        if (end == text.size()) break;
        node = next_[size_t{node} * classes_ + class_of_[static_cast<unsigned char>(text[end])]];
      }
    }
  }

 private:
  static constexpr uint32_t kLeaf = 1u << 31;

  struct Output {
    uint32_t id;
    uint32_t next;  // 0 = last
  };
  // Where only one phrase is left, its remaining bytes are kept as classes in tails_; that makes
  // the trie small enough for a processor's cache.
  struct Leaf {
    uint32_t id;
    uint32_t tail;
    uint32_t length;
  };

  // How phrases begin: the letters of their first word, eight at most, or one symbol.
  struct FirstWord {
    uint64_t letters = 0;  // in lower case, the first one lowest; 0 = an empty slot
    uint32_t hash = 0;     // of a Start
    uint32_t node = 0;     // what may follow

    size_t length() const { return 8 - static_cast<size_t>(std::countl_zero(letters)) / 8; }
  };

  // A phrase on its way into the trie.
  struct Entry {
    FirstWord first = {};
    std::string key = {};  // the text as classes
    uint32_t id = 0;
  };

  void BuildTrie(const std::vector<Entry>& entries);
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

  // False for most words that begin no phrase.
  bool MayBegin(uint32_t hash) const {
    const uint32_t bit = hash >> filter_shift_;
    return (filter_[bit >> 6] >> (bit & 63) & 1) != 0;
  }

  bool HasTail(std::string_view text, size_t at, const Leaf& leaf) const {
    if (text.size() - at < leaf.length) return false;
    for (uint32_t k = 0; k < leaf.length; ++k) {
      if (class_of_[static_cast<unsigned char>(text[at + k])] != tails_[leaf.tail + k])
        return false;
    }
    return true;
  }

  // A bit for the first word of every phrase, by the leading bits of its hash.
  std::vector<uint64_t> filter_;
  int filter_shift_ = 0;
  // Class 0 is every byte that occurs in no phrase.
  std::array<uint8_t, 256> class_of_{};
  uint32_t classes_ = 1;
  // By the leading bits of the hash, the next free slot where that is taken; half empty at least.
  std::vector<FirstWord> words_;
  int words_shift_ = 0;
  uint32_t words_mask_ = 0;
  // Children of a node by class; 0 = none, node 0 is no node. Nodes are numbered by depth, so that
  // the few that most words visit lie together.
  std::vector<uint32_t> next_;
  std::vector<uint32_t> output_of_;
  std::vector<Output> outputs_;
  std::vector<Leaf> leaves_;
  std::vector<uint8_t> tails_;
};

inline uint64_t PhraseMatcher::Lower(uint64_t bytes) {
  constexpr uint64_t kEach = 0x0101010101010101ull;
  const uint64_t low = bytes & 0x7F * kEach;
  const uint64_t from_a = low + (0x80 - 'A') * kEach;
  const uint64_t beyond_z = low + (0x7F - 'Z') * kEach;
  return bytes | ((from_a ^ beyond_z) & ~bytes & 0x80 * kEach) >> 2;
}

}  // namespace jobmesh::scraper::refine
