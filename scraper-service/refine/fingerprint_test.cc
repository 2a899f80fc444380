#include "scraper-service/refine/fingerprint.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::scraper::refine {
namespace {

const char kProse[] =
    "We build a calm product for small teams and look for a person who likes careful work and "
    "clear words.";

TEST(FingerprintTest, CaseAndPunctuation_DoNotMatter) {
  EXPECT_EQ(FingerprintOf("Hello, World! One two three").content,
            FingerprintOf("hello world one  two\nTHREE").content);
  EXPECT_NE(FingerprintOf("hello world").content, FingerprintOf("world hello").content);
}

TEST(FingerprintTest, Beginning_IsContained) {
  const std::string text(kProse);
  const ShingleSet whole = SetOf(FingerprintOf(text).shingles);
  const ShingleSet part = SetOf(FingerprintOf(text.substr(0, 60)).shingles);
  EXPECT_GE(OverlapOf(whole, part).containment, 0.8);
  EXPECT_LT(OverlapOf(whole, part).resemblance, 0.7);
  EXPECT_EQ(OverlapOf(whole, part).smaller, part.size());
  EXPECT_EQ(OverlapOf(whole, whole).containment, 1.0);
}

TEST(FingerprintTest, RepeatedText_HasEachShingleOnce) {
  const std::string text(kProse);
  EXPECT_THAT(SetOf(FingerprintOf(text + " " + text + " " + text).shingles),
              testing::ElementsAreArray(SetOf(FingerprintOf(text + " " + text).shingles)));
}

TEST(FingerprintTest, EmptyText_HasNoShingles) {
  EXPECT_TRUE(FingerprintOf("").shingles.empty());
  EXPECT_EQ(OverlapOf({}, {}).containment, 0.0);
}

TEST(SketchTest, Choice_IsTheSameInEveryText) {
  const auto whole = FingerprintOf(kProse).shingles;
  for (const uint32_t shingle : Sketch(whole, 4)) EXPECT_EQ(shingle % 4, 0u);
}

}  // namespace
}  // namespace jobmesh::scraper::refine
