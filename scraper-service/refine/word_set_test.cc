#include "scraper-service/refine/word_set.h"

#include <gtest/gtest.h>

namespace jobmesh::scraper::refine {
namespace {

TEST(WordSetTest, Words_AreFoundInEitherCase) {
  const WordSet set = {"developer", "engineer", "engineer", "lead"};
  EXPECT_TRUE(set.Contains("Engineer"));
  EXPECT_TRUE(set.Contains("LEAD"));
  EXPECT_FALSE(set.Contains("engineers"));
  EXPECT_FALSE(
      set.Contains("l\x05"
                   "ad"));
  EXPECT_FALSE(set.Contains(""));
}

}  // namespace
}  // namespace jobmesh::scraper::refine
