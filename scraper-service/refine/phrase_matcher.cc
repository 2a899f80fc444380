#include "scraper-service/refine/phrase_matcher.h"

#include <algorithm>
#include <utility>

namespace jobmesh::scraper::refine {
namespace {

unsigned char Fold(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<unsigned char>(c | 0x20);
  return static_cast<unsigned char>(c == '\n' ? ' ' : c);
}

}  // namespace

PhraseMatcher::PhraseMatcher(const std::vector<Phrase>& phrases) {
  for (const Phrase& phrase : phrases) {
    for (const char c : phrase.text) {
      uint8_t& cls = class_of_[Fold(c)];
      if (cls == 0) cls = static_cast<uint8_t>(classes_++);
    }
  }
  for (int c = 'A'; c <= 'Z'; ++c) class_of_[c] = class_of_[c | 0x20];
  class_of_['\n'] = class_of_[' '];

  next_.assign(classes_, 0);
  output_of_.assign(1, 0);
  outputs_.push_back({});
  // One byte of every phrase at a time: that numbers the nodes by depth.
  std::vector<uint32_t> node_of(phrases.size(), 0);
  size_t longest = 0;
  for (const Phrase& phrase : phrases) longest = std::max(longest, phrase.text.size());
  for (size_t depth = 0; depth < longest; ++depth) {
    for (size_t i = 0; i < phrases.size(); ++i) {
      const std::string& text = phrases[i].text;
      if (depth >= text.size()) continue;
      const size_t slot = size_t{node_of[i]} * classes_ + class_of_[Fold(text[depth])];
      if (next_[slot] == 0) {
        next_[slot] = static_cast<uint32_t>(output_of_.size());
        output_of_.push_back(0);
        next_.resize(next_.size() + classes_, 0);
      }
      const uint32_t node = next_[slot];
      node_of[i] = node;
      if (depth + 1 == text.size()) {
        outputs_.push_back({phrases[i].id, output_of_[node]});
        output_of_[node] = static_cast<uint32_t>(outputs_.size() - 1);
      }
    }
  }
}

}  // namespace jobmesh::scraper::refine
