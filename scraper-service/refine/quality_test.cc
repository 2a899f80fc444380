#include "scraper-service/refine/quality.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::scraper::refine {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'770'000'000);

TEST(QualityScoreTest, CompleteAndFresh_IsHundred) {
  EXPECT_EQ(QualityScore({true, true, true, true, true, true, true, 5, 2000},
                         kNow - absl::Hours(24), kNow),
            100);
}

TEST(QualityScoreTest, Empty_IsZero) { EXPECT_EQ(QualityScore({}, std::nullopt, kNow), 0); }

TEST(QualityScoreTest, Freshness_FadesWithAge) {
  const Completeness has{true, true, false, false, false, false, false, 0, 0};
  const int fresh = QualityScore(has, kNow, kNow);
  const int older = QualityScore(has, kNow - absl::Hours(24 * 30), kNow);
  const int old = QualityScore(has, kNow - absl::Hours(24 * 90), kNow);
  EXPECT_GT(fresh, older);
  EXPECT_GT(older, old);
  EXPECT_EQ(old, QualityScore(has, std::nullopt, kNow));
}

}  // namespace
}  // namespace jobmesh::scraper::refine
