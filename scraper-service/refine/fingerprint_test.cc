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
  const auto whole = FingerprintOf(text).shingles;
  const auto part = FingerprintOf(text.substr(0, 60)).shingles;
  EXPECT_GE(Containment(whole, part), 0.8);
  EXPECT_LT(Resemblance(whole, part), 0.7);
  EXPECT_EQ(Containment(whole, whole), 1.0);
}

TEST(FingerprintTest, EmptyText_HasNoShingles) {
  EXPECT_TRUE(FingerprintOf("").shingles.empty());
  EXPECT_EQ(Containment({}, {}), 0.0);
}

TEST(SketchTest, Choice_IsTheSameInEveryText) {
  const auto whole = FingerprintOf(kProse).shingles;
  for (const uint32_t shingle : Sketch(whole, 4)) EXPECT_EQ(shingle % 4, 0u);
}

}  // namespace
}  // namespace jobmesh::scraper::refine
