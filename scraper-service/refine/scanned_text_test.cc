#include "scraper-service/refine/scanned_text.h"

#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::scraper::refine {
namespace {

std::vector<std::string> StartsOf(std::string_view text) {
  std::vector<std::string> starts;
  const ScannedText scanned(text);
  for (const auto& start : scanned.starts()) {
    const std::string_view rest = text.substr(start.at);
    EXPECT_EQ(start.hash, ScannedText::WordHash(rest)) << rest;
    starts.emplace_back(rest.substr(0, ScannedText::WordLength(rest)));
  }
  return starts;
}

TEST(ScannedTextTest, Starts_AreWordsAndSymbols) {
  EXPECT_THAT(StartsOf("Go, 5yrs of\nC++"),
              testing::ElementsAre("Go", ",", "5", "yrs", "of", "C", "+", "+"));
  EXPECT_THAT(StartsOf("Python3 \xC3\xA9t\xC3\xA9"),
              testing::ElementsAre("Python", "\xC3\xA9t\xC3\xA9"));
  EXPECT_THAT(StartsOf(""), testing::IsEmpty());
}

TEST(ScannedTextTest, Word_CountsUpToEightLetters) {
  EXPECT_THAT(StartsOf("kubernetes k8s"), testing::ElementsAre("kubernet", "k", "s"));
}

// Wherever a word lies, it is found the same.
TEST(ScannedTextTest, Place_DoesNotMatter) {
  for (size_t blanks = 0; blanks < 200; ++blanks) {
    const std::string text = std::string(blanks, ' ') + "Python3-scripts, 12 of them";
    EXPECT_THAT(StartsOf(text),
                testing::ElementsAre("Python", "-", "scripts", ",", "12", "of", "them"))
        << blanks;
  }
}

TEST(ScannedTextTest, Only_KeepsWhatIsAskedFor) {
  const ScannedText scanned("go to the market");
  const ScannedText some =
      scanned.Only([](const ScannedText::Start& start) { return start.at >= 6; });
  ASSERT_EQ(some.starts().size(), 2u);
  EXPECT_EQ(some.starts()[1].at, 10u);
  EXPECT_EQ(some.text(), scanned.text());
}

}  // namespace
}  // namespace jobmesh::scraper::refine
