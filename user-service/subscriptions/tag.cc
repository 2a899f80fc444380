#include "user-service/subscriptions/tag.h"

#include <algorithm>
#include <cstdint>
#include <set>

#include "runtime/errors.h"
#include "user-service/accounts/credentials.h"

namespace jobmesh::user {
namespace {

constexpr size_t kMaxTagCharacters = 100;
constexpr size_t kMaxWordsOfRun = 4;

bool IsBlank(char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; }

uint32_t FoldCodePoint(uint32_t c) {
  if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7) ||  // Latin, Latin-1
      (c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F)) {         // Greek, Cyrillic
    return c + 0x20;
  }
  if (c >= 0x400 && c <= 0x40F) {  // further Cyrillic
    return c + 0x50;
  }
  // Latin Extended-A: pairs of upper and lower case; which of a pair comes first changes twice.
  const bool even_first = (c >= 0x100 && c <= 0x137 && c != 0x130) || (c >= 0x14A && c <= 0x177);
  const bool odd_first = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E);
  if ((even_first && c % 2 == 0) || (odd_first && c % 2 == 1)) {
    return c + 1;
  }
  return c;
}

// Characters that end a word; all others, letters of any script among them, are part of one.
bool EndsWord(char c) {
  return IsBlank(c) ||
         std::string_view(",;:!?()[]{}<>\"'`|*=~^\\").find(c) != std::string_view::npos;
}

std::vector<std::string> Words(std::string_view folded) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : folded) {
    if (!EndsWord(c)) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) {
    words.push_back(std::move(word));
  }
  return words;
}

std::string_view WithoutMarks(std::string_view word) {
  constexpr std::string_view kMarks = ".-/&_+#@";
  while (!word.empty() && kMarks.find(word.front()) != std::string_view::npos) {
    word.remove_prefix(1);
  }
  while (!word.empty() && kMarks.find(word.back()) != std::string_view::npos) {
    word.remove_suffix(1);
  }
  return word;
}

}  // namespace

std::string FoldCase(std::string_view text) {
  std::string folded;
  folded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const auto first = static_cast<unsigned char>(text[i]);
    if (first < 0x80) {
      folded += static_cast<char>(FoldCodePoint(first));
    } else if ((first & 0xE0) == 0xC0 && i + 1 < text.size()) {
      // Every letter that is folded takes two bytes, before and after.
      const uint32_t c = FoldCodePoint(((first & 0x1Fu) << 6) | (text[i + 1] & 0x3Fu));
      folded += static_cast<char>(0xC0 | (c >> 6));
      folded += static_cast<char>(0x80 | (c & 0x3F));
      ++i;
    } else {
      folded += text[i];
    }
  }
  return folded;
}

absl::StatusOr<std::string> MakeTag(std::string_view field, std::string_view text) {
  std::string tag;
  for (const char c : FoldCase(Trim(text))) {
    if (!IsBlank(c)) {
      tag += c;
    } else if (c != ' ' && c != '\t') {
      return runtime::InvalidField(field, "holds control characters");
    } else if (tag.back() != ' ') {
      tag += ' ';
    }
  }
  if (tag.empty()) {
    return runtime::InvalidField(field, "is required");
  }
  if (CodePoints(tag) > kMaxTagCharacters) {
    return runtime::InvalidField(field, "is longer than 100 characters");
  }
  return tag;
}

std::vector<std::string> WordRuns(std::string_view text) {
  const std::vector<std::string> words = Words(FoldCase(text));
  std::set<std::string> runs;
  for (size_t start = 0; start < words.size(); ++start) {
    std::string run;
    for (size_t end = start; end < std::min(words.size(), start + kMaxWordsOfRun); ++end) {
      run += (run.empty() ? "" : " ") + words[end];
      runs.insert(run);
      if (std::string_view bare = WithoutMarks(run); !bare.empty()) {
        runs.emplace(bare);
      }
    }
    // "python/django" names both.
    for (size_t from = 0; from < words[start].size();) {
      const size_t slash = std::min(words[start].find('/', from), words[start].size());
      if (slash > from) {
        runs.insert(words[start].substr(from, slash - from));
      }
      from = slash + 1;
    }
  }
  return {runs.begin(), runs.end()};
}

}  // namespace jobmesh::user
