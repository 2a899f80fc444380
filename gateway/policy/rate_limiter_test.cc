#include "gateway/policy/rate_limiter.h"

#include <string>

#include <gtest/gtest.h>

#include "runtime/testing/fake_clock.h"

namespace jobmesh::gateway::policy {
namespace {

class RateLimiterTest : public ::testing::Test {
 protected:
  RateLimiter Make(size_t clients = 1024) {
    return RateLimiter({.clients = clients, .now = [this] { return clock_.Now(); }});
  }

  runtime::testing::FakeClock clock_;
  const RateRule rule_{.name = "Search", .per_minute = 60, .burst = 5};
};

TEST_F(RateLimiterTest, TheBurst_IsAllowedAtOnceAndNoMore) {
  RateLimiter limiter = Make();
  for (std::uint32_t i = 0; i < 5; ++i) {
    const RateDecision decision = limiter.Take(rule_, "a");
    EXPECT_TRUE(decision.allowed);
    EXPECT_EQ(decision.remaining, 4 - i);
    EXPECT_EQ(decision.reset, absl::Seconds(i + 1));
  }
  const RateDecision refused = limiter.Take(rule_, "a");
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.remaining, 0u);
  EXPECT_EQ(refused.retry_after, absl::Seconds(1));
}

TEST_F(RateLimiterTest, RefusedRequests_CostNothing) {
  RateLimiter limiter = Make();
  for (int i = 0; i < 100; ++i) {
    limiter.Take(rule_, "a");
  }
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(limiter.Take(rule_, "a").allowed);
  EXPECT_FALSE(limiter.Take(rule_, "a").allowed);
}

TEST_F(RateLimiterTest, OverTime_TheRateIsWhatWasDeclared) {
  RateLimiter limiter = Make();
  int allowed = 0;
  for (int tick = 0; tick < 10'000; ++tick) {
    allowed += limiter.Take(rule_, "a").allowed;
    clock_.Advance(absl::Milliseconds(60));
  }
  EXPECT_EQ(allowed, 600 + 4);  // ten minutes, and what was saved up at first
}

TEST_F(RateLimiterTest, ClientsAndRules_AreCountedApart) {
  RateLimiter limiter = Make();
  const RateRule other{.name = "Export", .per_minute = 60, .burst = 5};
  for (int i = 0; i < 6; ++i) {
    limiter.Take(rule_, "a");
  }
  EXPECT_FALSE(limiter.Take(rule_, "a").allowed);
  EXPECT_TRUE(limiter.Take(rule_, "b").allowed);
  EXPECT_TRUE(limiter.Take(other, "a").allowed);
}

TEST_F(RateLimiterTest, AFloodOfClients_FreesNobodyWhoIsAtTheLimit) {
  RateLimiter limiter = Make(1024);
  for (int i = 0; i < 5; ++i) {
    limiter.Take(rule_, "greedy");
  }
  for (int i = 0; i < 200'000; ++i) {
    limiter.Take(rule_, "flood " + std::to_string(i));
  }
  EXPECT_FALSE(limiter.Take(rule_, "greedy").allowed);
}

TEST_F(RateLimiterTest, Fields_AreStructuredAsTheDraftWants) {
  RateLimiter limiter = Make();
  limiter.Take(rule_, "a");
  clock_.Advance(absl::Milliseconds(300));
  const RateDecision decision = limiter.Take(rule_, "a");
  EXPECT_EQ(RatePolicyField(rule_), "\"Search\";q=5;w=5");
  EXPECT_EQ(RateField(rule_, decision), "\"Search\";r=3;t=2");
  EXPECT_EQ(RatePolicyField({.name = "x", .per_minute = 600, .burst = 1200}), "\"x\";q=1200;w=120");
}

}  // namespace
}  // namespace jobmesh::gateway::policy
