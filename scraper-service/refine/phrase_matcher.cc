#include "scraper-service/refine/phrase_matcher.h"

#include <deque>

namespace jobmesh::scraper::refine {
namespace {

unsigned char Fold(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<unsigned char>(c | 0x20);
  return static_cast<unsigned char>(c == '\n' ? ' ' : c);
}

}  // namespace

PhraseMatcher::PhraseMatcher(const std::vector<Phrase>& phrases) {
  // Class 0 is every byte that occurs in no phrase.
  for (const Phrase& phrase : phrases) {
    for (const char c : phrase.text) {
      uint8_t& cls = class_of_[Fold(c)];
      if (cls == 0) cls = static_cast<uint8_t>(classes_++);
    }
  }
  for (int c = 'A'; c <= 'Z'; ++c) class_of_[c] = class_of_[c | 0x20];
  class_of_['\n'] = class_of_[' '];

  // The trie; 0 = no child, as nothing leads back to the root.
  std::vector<uint32_t> trie(classes_, 0);
  output_of_.assign(1, 0);
  outputs_.push_back({});
  for (const Phrase& phrase : phrases) {
    if (phrase.text.empty()) continue;
    uint32_t node = 0;
    for (const char c : phrase.text) {
      const size_t slot = size_t{node} * classes_ + class_of_[Fold(c)];
      if (trie[slot] == 0) {
        trie[slot] = static_cast<uint32_t>(output_of_.size());
        output_of_.push_back(0);
        trie.resize(trie.size() + classes_, 0);
      }
      node = trie[slot];
    }
    outputs_.push_back({phrase.id, static_cast<uint32_t>(phrase.text.size()), output_of_[node]});
    output_of_[node] = static_cast<uint32_t>(outputs_.size() - 1);
  }

  // Breadth first: a state's own outputs come before those of its longest proper suffix.
  const size_t states = output_of_.size();
  std::vector<uint32_t> fail(states, 0);
  std::deque<uint32_t> queue;
  for (uint32_t c = 0; c < classes_; ++c) {
    if (trie[c] != 0) queue.push_back(trie[c]);
  }
  while (!queue.empty()) {
    const uint32_t node = queue.front();
    queue.pop_front();
    if (output_of_[node] == 0) {
      output_of_[node] = output_of_[fail[node]];
    } else {
      uint32_t last = output_of_[node];
      while (outputs_[last].next != 0) last = outputs_[last].next;
      outputs_[last].next = output_of_[fail[node]];
    }
    for (uint32_t c = 0; c < classes_; ++c) {
      uint32_t& child = trie[size_t{node} * classes_ + c];
      const uint32_t through_fail = trie[size_t{fail[node]} * classes_ + c];
      if (child != 0) {
        fail[child] = through_fail;
        queue.push_back(child);
      } else {
        child = through_fail;
      }
    }
  }

  next_.resize(trie.size());
  for (size_t i = 0; i < trie.size(); ++i) {
    next_[i] = trie[i] * classes_ | (output_of_[trie[i]] != 0 ? kHasOutput : 0);
  }
}

}  // namespace jobmesh::scraper::refine
