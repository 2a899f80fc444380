#include "scraper-service/refine/phrase_matcher.h"

#include <algorithm>
#include <deque>
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

  // One bit in sixteen is set at most.
  int filter_bits = 9;
  while ((size_t{1} << filter_bits) < phrases.size() * 16 && filter_bits < 20) ++filter_bits;
  filter_.assign((size_t{1} << filter_bits) / 64, 0);
  filter_shift_ = 32 - filter_bits;
  for (const Phrase& phrase : phrases) {
    if (phrase.text.empty()) continue;
    const uint32_t bit = ScannedText::WordHash(phrase.text) >> filter_shift_;
    filter_[bit >> 6] |= uint64_t{1} << (bit & 63);
  }

  struct Entry {
    std::string key;  // the text as classes
    uint32_t id;
  };
  std::vector<Entry> entries;
  for (const Phrase& phrase : phrases) {
    if (phrase.text.empty()) continue;
    std::string key;
    for (const char c : phrase.text) key += static_cast<char>(class_of_[Fold(c)]);
    entries.push_back({std::move(key), phrase.id});
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.key < b.key; });

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
  std::deque<Task> tasks = {{0, 0, entries.size(), 0}};
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
      uint32_t child;
      if (end - i == 1) {
        const std::string_view tail = std::string_view(entries[i].key).substr(task.depth + 1);
        child = kLeaf + static_cast<uint32_t>(leaves_.size());
        leaves_.push_back({entries[i].id, static_cast<uint32_t>(tails_.size()),
                           static_cast<uint32_t>(tail.size())});
        tails_.insert(tails_.end(), tail.begin(), tail.end());
      } else {
        child = static_cast<uint32_t>(output_of_.size());
        output_of_.push_back(0);
        next_.resize(next_.size() + classes_, 0);
        tasks.push_back({child, i, end, task.depth + 1});
      }
      next_[size_t{task.node} * classes_ + static_cast<unsigned char>(cls)] = child;
      i = end;
    }
  }
}

}  // namespace jobmesh::scraper::refine
