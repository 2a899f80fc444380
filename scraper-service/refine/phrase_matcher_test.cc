#include "scraper-service/refine/phrase_matcher.h"

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::scraper::refine {
namespace {

using ::testing::ElementsAre;

using Hit = std::tuple<uint32_t, size_t, size_t>;

std::vector<Hit> All(const PhraseMatcher& matcher, const ScannedText& text) {
  std::vector<Hit> hits;
  matcher.ForEach(
      text, [&](uint32_t id, size_t begin, size_t end) { hits.emplace_back(id, begin, end); });
  return hits;
}

TEST(PhraseMatcherTest, OverlappingPhrases_AreAllFoundInOrderOfBegin) {
  const PhraseMatcher matcher({{"go", 1}, {"go to", 2}, {"to market", 3}});
  EXPECT_THAT(All(matcher, "go to market"), ElementsAre(Hit{1, 0, 2}, Hit{2, 0, 5}, Hit{3, 3, 12}));
}

TEST(PhraseMatcherTest, PhraseInsideAWord_IsNotFound) {
  const PhraseMatcher matcher({{"go", 1}, {".net", 2}, {"yrs", 3}});
  EXPECT_THAT(All(matcher, "cargo"), ElementsAre());
  EXPECT_THAT(All(matcher, "asp.net 5yrs"), ElementsAre(Hit{2, 3, 7}, Hit{3, 9, 12}));
}

TEST(PhraseMatcherTest, CaseAndLineEnds_AreFolded) {
  const PhraseMatcher matcher({{"machine learning", 7}});
  EXPECT_THAT(All(matcher, "Machine\nLEARNING"), ElementsAre(Hit{7, 0, 16}));
}

TEST(PhraseMatcherTest, FirstWord_IsAWholeOne) {
  const PhraseMatcher matcher({{"R", 1}, {"C++", 2}, {"on site", 3}, {"401(k)", 4}});
  EXPECT_THAT(All(matcher, "Rust r"), ElementsAre(Hit{1, 5, 6}));
  EXPECT_THAT(All(matcher, "c++"), ElementsAre(Hit{2, 0, 3}));
  EXPECT_THAT(All(matcher, "only once on\nsite"), ElementsAre(Hit{3, 10, 17}));
  EXPECT_THAT(All(matcher, "a 401(K)"), ElementsAre(Hit{4, 2, 8}));
}

TEST(PhraseMatcherTest, SamePhraseTwice_ReportsBothIds) {
  const PhraseMatcher matcher({{"go", 1}, {"Go", 2}});
  EXPECT_EQ(All(matcher, "go").size(), 2u);
}

TEST(PhraseMatcherTest, NoPhrases_FindsNothing) {
  EXPECT_TRUE(All(PhraseMatcher({}), "anything").empty());
}

// Every phrase at every place where a word begins, compared one by one.
std::vector<Hit> AllOneByOne(const std::vector<PhraseMatcher::Phrase>& phrases,
                             std::string_view text) {
  std::vector<Hit> hits;
  for (size_t begin = 0; begin < text.size(); ++begin) {
    if (text[begin] == ' ' || (begin > 0 && text[begin - 1] != ' ')) continue;
    for (size_t length = 1; length <= text.size() - begin; ++length) {
      const size_t blank = text.substr(begin, length).find(' ');
      const size_t word_end = text.find(' ', begin);
      for (const auto& phrase : phrases) {
        const bool whole = blank != std::string_view::npos ||
                           begin + length == std::min(word_end, text.size()) || length >= 8;
        if (whole && text.substr(begin, length) == phrase.text)
          hits.emplace_back(phrase.id, begin, begin + length);
      }
    }
  }
  return hits;
}

TEST(PhraseMatcherTest, ManyPhrases_AreFoundAsByComparingEach) {
  std::mt19937 random(7);
  const auto word = [&random] {
    std::string letters(1 + random() % 12, 'a');
    for (char& c : letters) c = static_cast<char>('a' + random() % 3);
    return letters;
  };
  std::vector<PhraseMatcher::Phrase> phrases;
  std::set<std::string> known;
  while (phrases.size() < 400) {
    const std::string text = random() % 3 == 0 ? word() + " " + word() : word();
    if (known.insert(text).second) phrases.push_back({text, static_cast<uint32_t>(phrases.size())});
  }
  const PhraseMatcher matcher(phrases);
  for (int i = 0; i < 50; ++i) {
    std::string text = word();
    for (int k = 0; k < 40; ++k) text += " " + word();
    EXPECT_EQ(All(matcher, text), AllOneByOne(phrases, text)) << text;
  }
}

TEST(StartFilterTest, KeptStarts_AreAllThatItsMatchersNeed) {
  const PhraseMatcher places({{"Leeds", 1}, {"new york", 2}});
  const PhraseMatcher terms({{"remote:", 3}, {"(remote)", 4}});
  const PhraseMatcher* const both[] = {&places, &terms};
  const StartFilter filter(both);
  const std::string text = "A job in Leeds, not in New York (remote), Remote: yes and no";
  const ScannedText scanned(text);
  const ScannedText kept = scanned.Only(filter);
  EXPECT_LT(kept.starts().size(), scanned.starts().size());
  for (const PhraseMatcher* const matcher : both) {
    EXPECT_EQ(All(*matcher, kept), All(*matcher, scanned));
    EXPECT_EQ(All(*matcher, kept).size(), 2u);
  }
}

TEST(IsWholeWordTest, SymbolsAtTheEdge_NeedNoBoundary) {
  EXPECT_TRUE(IsWholeWord("(C++)", 1, 4));
  EXPECT_FALSE(IsWholeWord("goals", 0, 2));
  EXPECT_FALSE(IsWholeWord("\xC3\xA9go", 2, 4));
}

}  // namespace
}  // namespace jobmesh::scraper::refine
