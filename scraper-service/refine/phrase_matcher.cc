#include "scraper-service/refine/phrase_matcher.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace jobmesh::scraper::refine {
namespace {

unsigned char Fold(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<unsigned char>(c | 0x20);
  return static_cast<unsigned char>(c == '\n' ? ' ' : c);
}

}  // namespace

PhraseMatcher::PhraseMatcher(const std::vector<Phrase>& phrases) {
  uint8_t classes = 0;
  for (const Phrase& phrase : phrases) {
    for (const char c : phrase.text) {
      uint8_t& cls = class_of_[Fold(c)];
      if (cls == 0) cls = ++classes;
    }
  }
  for (int c = 'A'; c <= 'Z'; ++c) class_of_[c] = class_of_[c | 0x20];
  class_of_['\n'] = class_of_[' '];

  std::vector<Entry> entries;
  for (const Phrase& phrase : phrases) {
    if (phrase.text.empty()) continue;
    Entry entry{.id = phrase.id};
    for (const char c : phrase.text) entry.key += static_cast<char>(class_of_[Fold(c)]);
    entry.first.hash = ScannedText::WordHash(phrase.text);
    entry.first.letters = Lower(LoadBytes(phrase.text, 0, ScannedText::WordLength(phrase.text)));
    entries.push_back(std::move(entry));
  }
  // Phrases of one first word lie together, and those of one beginning among them.
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.first.hash, a.first.letters, a.key) <
           std::tie(b.first.hash, b.first.letters, b.key);
  });
  BuildTree(entries);
  BuildTables();
}

void PhraseMatcher::BuildTree(const std::vector<Entry>& entries) {
  // A node to be made for entries [begin, end), which share their first `depth` bytes.
  struct Task {
    size_t begin;
    size_t end;
    size_t depth;
  };
  std::vector<Task> tasks;  // by node
  const auto add_node = [&](size_t begin, size_t end, size_t depth) {
    nodes_.emplace_back();
    first_bytes_.push_back(static_cast<uint8_t>(entries[begin].key[depth - 1]));
    tasks.push_back({begin, end, depth});
  };
  for (size_t i = 0; i < entries.size();) {
    FirstWord word = entries[i].first;
    size_t end = i + 1;
    while (end < entries.size() && entries[end].first.letters == word.letters) ++end;
    word.node = static_cast<uint32_t>(nodes_.size());
    add_node(i, end, word.length());
    words_.push_back(word);
    i = end;
  }
  // Nodes are numbered by depth, so that the few that most words visit lie together.
  for (size_t n = 0; n < nodes_.size(); ++n) {
    const Task task = tasks[n];
    const std::string_view first = entries[task.begin].key;
    const std::string_view last = entries[task.end - 1].key;
    size_t depth = task.depth;
    // Sorted, so what the first and the last share is shared by all.
    while (depth < first.size() && depth < last.size() && first[depth] == last[depth]) ++depth;
    Node node;
    node.tail = static_cast<uint32_t>(tails_.size());
    node.tail_length = static_cast<uint32_t>(depth - task.depth);
    tails_.insert(tails_.end(), first.begin() + task.depth, first.begin() + depth);
    size_t i = task.begin;
    node.id = entries[i].id;
    node.more_ids = static_cast<uint32_t>(more_ids_.size());
    for (; i < task.end && entries[i].key.size() == depth; ++i) {
      if (node.ids++ != 0) more_ids_.push_back(entries[i].id);
    }
    node.first_child = static_cast<uint32_t>(nodes_.size());
    while (i < task.end) {
      size_t end = i + 1;
      while (end < task.end && entries[end].key[depth] == entries[i].key[depth]) ++end;
      add_node(i, end, depth + 1);
      i = end;
    }
    node.children = static_cast<uint32_t>(nodes_.size()) - node.first_child;
    nodes_[n] = node;
  }
}

void PhraseMatcher::BuildTables() {
  const std::vector<FirstWord> words = std::exchange(words_, {});
  int bits = 4;
  while ((size_t{1} << bits) < words.size() * 2) ++bits;
  words_.resize(size_t{1} << bits);
  words_shift_ = 32 - bits;
  words_mask_ = static_cast<uint32_t>(words_.size() - 1);
  // One bit in sixteen is set at most.
  const int filter_bits = std::clamp(bits + 3, 9, 20);
  filter_.assign((size_t{1} << filter_bits) / 64, 0);
  filter_shift_ = 32 - filter_bits;
  for (const FirstWord& word : words) {
    const uint32_t bit = word.hash >> filter_shift_;
    filter_[bit >> 6] |= uint64_t{1} << (bit & 63);
    uint32_t slot = word.hash >> words_shift_;
    while (words_[slot].letters != 0) slot = (slot + 1) & words_mask_;
    words_[slot] = word;
  }
}

std::vector<uint32_t> PhraseMatcher::FirstHashes() const {
  std::vector<uint32_t> hashes;
  for (const FirstWord& word : words_) {
    if (word.letters != 0) hashes.push_back(word.hash);
  }
  return hashes;
}

StartFilter::StartFilter(std::span<const PhraseMatcher* const> matchers) {
  for (const PhraseMatcher* const matcher : matchers) {
    for (const uint32_t hash : matcher->FirstHashes()) kept_[hash >> kShift] = true;
  }
}

}  // namespace jobmesh::scraper::refine
