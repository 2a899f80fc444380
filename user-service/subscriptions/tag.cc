#include "user-service/subscriptions/tag.h"

#include <algorithm>
#include <set>

#include "runtime/errors.h"
#include "user-service/text/text.h"

namespace jobmesh::user {
namespace {

constexpr size_t kMaxTagCharacters = 100;
constexpr size_t kMaxWordsOfRun = 4;

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
