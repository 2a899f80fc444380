#include "user-service/subscriptions/tag.h"

#include <algorithm>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "user-service/text/text.h"

namespace jobmesh::user {
namespace {

using testing::Contains;
using testing::Not;

TEST(FoldCase, FoldsLatinGreekAndCyrillic) {
  EXPECT_EQ(FoldCase("Ärger ŠKODA"), "ärger škoda");
  EXPECT_EQ(FoldCase("Програміст ЁЛКА"), "програміст ёлка");
  EXPECT_EQ(FoldCase("ΑΒΓ ŻÓŁĆ"), "αβγ żółć");
  EXPECT_EQ(FoldCase("C++ × 日本"), "c++ × 日本");
}

TEST(MakeTag, TrimsAndFolds) {
  EXPECT_EQ(*MakeTag("tag", "  Machine \t Learning "), "machine learning");
}

TEST(MakeTag, RefusesEmptyLongAndControl) {
  EXPECT_EQ(MakeTag("tag", "   ").status().message(), "tag: is required");
  EXPECT_TRUE(MakeTag("tag", std::string(100, 'x')).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(MakeTag("tag", std::string(101, 'x')).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(MakeTag("tag", "a\nb").status()));
}

TEST(WordRuns, HoldsWordsAndPhrasesOfATitle) {
  const auto runs = WordRuns("Senior Machine Learning Engineer (Python/Django, C++)");
  for (const char* tag : {"senior", "machine learning", "senior machine learning engineer",
                          "python", "django", "python/django", "c++"}) {
    EXPECT_THAT(runs, Contains(tag));
  }
  EXPECT_THAT(runs, Not(Contains("learn")));
  EXPECT_THAT(runs, Not(Contains("Python")));
}

TEST(WordRuns, KeepsMarksOfNamesAndDropsPunctuation) {
  const auto runs = WordRuns("Node.js, .NET & C# developer.");
  for (const char* tag : {"node.js", ".net", "c#", "developer"}) {
    EXPECT_THAT(runs, Contains(tag));
  }
}

}  // namespace
}  // namespace jobmesh::user
