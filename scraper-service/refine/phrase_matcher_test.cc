#include "scraper-service/refine/phrase_matcher.h"

#include <string>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::scraper::refine {
namespace {

using ::testing::ElementsAre;

using Hit = std::tuple<uint32_t, size_t, size_t>;

std::vector<Hit> All(const PhraseMatcher& matcher, std::string_view text) {
  std::vector<Hit> hits;
  matcher.ForEach(
      text, [&](uint32_t id, size_t begin, size_t end) { hits.emplace_back(id, begin, end); });
  return hits;
}

TEST(PhraseMatcherTest, OverlappingPhrases_AreAllFoundLongestFirst) {
  const PhraseMatcher matcher({{"she", 1}, {"he", 2}, {"hers", 3}});
  EXPECT_THAT(All(matcher, "ushers"), ElementsAre(Hit{1, 1, 4}, Hit{2, 2, 4}, Hit{3, 2, 6}));
}

TEST(PhraseMatcherTest, CaseAndLineEnds_AreFolded) {
  const PhraseMatcher matcher({{"machine learning", 7}});
  EXPECT_THAT(All(matcher, "Machine\nLEARNING"), ElementsAre(Hit{7, 0, 16}));
}

TEST(PhraseMatcherTest, SamePhraseTwice_ReportsBothIds) {
  const PhraseMatcher matcher({{"go", 1}, {"Go", 2}});
  EXPECT_EQ(All(matcher, "go").size(), 2u);
}

TEST(PhraseMatcherTest, NoPhrases_FindsNothing) {
  EXPECT_TRUE(All(PhraseMatcher({}), "anything").empty());
}

TEST(IsWholeWordTest, SymbolsAtTheEdge_NeedNoBoundary) {
  EXPECT_TRUE(IsWholeWord("(C++)", 1, 4));
  EXPECT_FALSE(IsWholeWord("goals", 0, 2));
  EXPECT_FALSE(IsWholeWord("\xC3\xA9go", 2, 4));
}

}  // namespace
}  // namespace jobmesh::scraper::refine
