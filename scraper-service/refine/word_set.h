#pragma once

#include <array>
#include <initializer_list>
#include <string_view>

#include "scraper-service/refine/ascii.h"
#include "scraper-service/refine/scanned_text.h"

namespace jobmesh::scraper::refine {

// A fixed set of up to 32 words in lower case, found in either. Immutable; safe to use from many
// threads.
class WordSet {
 public:
  WordSet(std::initializer_list<std::string_view> words) {
    for (const std::string_view word : words) words_[SlotOf(word)] = word;
  }

  bool Contains(std::string_view word) const {
    return !word.empty() && !words_[SlotOf(word)].empty();
  }

 private:
  // Where a word is, or belongs; half of the slots are empty at least.
  size_t SlotOf(std::string_view word) const {
    size_t slot = HashWord(word, 0, word.size()) % words_.size();
    while (!words_[slot].empty() && !EqualsFolded(words_[slot], word))
      slot = (slot + 1) % words_.size();
    return slot;
  }

  std::array<std::string_view, 64> words_{};
};

}  // namespace jobmesh::scraper::refine
