#include "scraper-service/refine/phrase_matcher.h"

#include <algorithm>
#include <deque>
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
  for (const Phrase& phrase : phrases) {
    for (const char c : phrase.text) {
      uint8_t& cls = class_of_[Fold(c)];
      if (cls == 0) cls = static_cast<uint8_t>(classes_++);
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
  BuildTrie(entries);
  BuildTables();
}

void PhraseMatcher::BuildTrie(const std::vector<Entry>& entries) {
  next_.assign(classes_, 0);
  output_of_.assign(1, 0);
  outputs_.push_back({});
  // Entries [begin, end) share their first `depth` bytes, which lead to `node`.
  struct Task {
    uint32_t node;
    size_t begin;
    size_t end;
    size_t depth;
  };
  std::deque<Task> tasks;
  // The node for entries [begin, end), which share their first `depth` bytes.
  const auto node_for = [&](size_t begin, size_t end, size_t depth) {
    if (end - begin == 1) {
      const std::string_view tail = std::string_view(entries[begin].key).substr(depth);
      leaves_.push_back({entries[begin].id, static_cast<uint32_t>(tails_.size()),
                         static_cast<uint32_t>(tail.size())});
      tails_.insert(tails_.end(), tail.begin(), tail.end());
      return kLeaf + static_cast<uint32_t>(leaves_.size() - 1);
    }
    const auto node = static_cast<uint32_t>(output_of_.size());
    output_of_.push_back(0);
    next_.resize(next_.size() + classes_, 0);
    tasks.push_back({node, begin, end, depth});
    return node;
  };
  for (size_t i = 0; i < entries.size();) {
    FirstWord word = entries[i].first;
    size_t end = i + 1;
    while (end < entries.size() && entries[end].first.letters == word.letters) ++end;
    word.node = node_for(i, end, word.length());
    words_.push_back(word);
    i = end;
  }
  while (!tasks.empty()) {
    const Task task = tasks.front();
    tasks.pop_front();
    size_t i = task.begin;
    for (; i < task.end && entries[i].key.size() == task.depth; ++i) {
      outputs_.push_back({entries[i].id, output_of_[task.node]});
      output_of_[task.node] = static_cast<uint32_t>(outputs_.size() - 1);
    }
    while (i < task.end) {
      const char cls = entries[i].key[task.depth];
      size_t end = i + 1;
      while (end < task.end && entries[end].key[task.depth] == cls) ++end;
      const uint32_t child = node_for(i, end, task.depth + 1);
      next_[size_t{task.node} * classes_ + static_cast<unsigned char>(cls)] = child;
      i = end;
    }
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

}  // namespace jobmesh::scraper::refine
