#include "scraper-service/fetch/host_limiter.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "scraper-service/fetch/fake_clock.h"

namespace jobmesh::scraper::fetch {
namespace {

using std::chrono::milliseconds;
using Answer = HostLimiter::Answer;

TEST(HostLimiterTest, StartsToOneHost_AreSpacedByTheLongerDelay) {
  FakeClock clock;
  CancelToken cancel;
  HostLimiter limiter({.max_concurrent = 10, .min_delay = milliseconds(100)}, clock);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(limiter.Acquire("a", milliseconds(700), cancel).ok());
  }
  EXPECT_EQ(clock.elapsed(), milliseconds(1400));
  ASSERT_TRUE(limiter.Acquire("b", milliseconds(700), cancel).ok());
  EXPECT_EQ(clock.elapsed(), milliseconds(1400));
}

TEST(HostLimiterTest, NeverMoreThanTheLimitAtOnce) {
  SystemClock clock;
  CancelToken cancel;
  HostLimiter limiter({.max_concurrent = 2}, clock);
  std::atomic<int> active = 0;
  std::atomic<int> most = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 20; ++n) {
        const auto turn = limiter.Acquire("a", milliseconds(0), cancel);
        ASSERT_TRUE(turn.ok());
        const int now_active = ++active;
        int seen = most.load();
        while (now_active > seen && !most.compare_exchange_weak(seen, now_active)) {
        }
        std::this_thread::yield();
        --active;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LE(most.load(), 2);
}

TEST(HostLimiterTest, DelayDoublesInTrouble_AndTheRateGrowsStepwiseAfterwards) {
  FakeClock clock;
  CancelToken cancel;
  HostLimiter limiter({.rate_step = 5, .first_penalty = milliseconds(200)}, clock);
  const auto answer = [&](Answer kind, int latency_ms) {
    limiter.Acquire("a", milliseconds(0), cancel)->Report(kind, milliseconds(latency_ms));
    return limiter.AdaptiveDelay("a").count();
  };
  EXPECT_EQ(answer(Answer::kTrouble, 10), 200);
  EXPECT_EQ(answer(Answer::kTrouble, 10), 400);  // 2.5 requests a second
  EXPECT_EQ(answer(Answer::kGood, 100), 133);    // 7.5
  EXPECT_EQ(answer(Answer::kGood, 110), 79);     // 12.5
  EXPECT_EQ(answer(Answer::kGood, 2000), 200);   // far slower than usual
  for (int i = 0; i < 20; ++i) answer(Answer::kGood, 100);
  EXPECT_EQ(limiter.AdaptiveDelay("a").count(), 0);
}

TEST(HostLimiterTest, OccasionalTrouble_DoesNotStallTheHost) {
  FakeClock clock;
  CancelToken cancel;
  HostLimiter limiter({}, clock);
  for (int i = 0; i < 1000; ++i) {
    const auto kind = i % 10 < 3 ? Answer::kTrouble : Answer::kGood;
    limiter.Acquire("a", milliseconds(0), cancel)->Report(kind, milliseconds(10));
    EXPECT_LE(limiter.AdaptiveDelay("a"), std::chrono::seconds(2));
  }
}

TEST(HostLimiterTest, HoldOff_IsWaitedFor_OrRefusedWhenTooLong) {
  FakeClock clock;
  CancelToken cancel;
  HostLimiter limiter({.longest_wait = std::chrono::seconds(60)}, clock);
  limiter.HoldOff("a", std::chrono::seconds(30));
  ASSERT_TRUE(limiter.Acquire("a", milliseconds(0), cancel).ok());
  EXPECT_EQ(clock.elapsed(), std::chrono::seconds(30));
  limiter.HoldOff("a", std::chrono::hours(1));
  EXPECT_EQ(limiter.Acquire("a", milliseconds(0), cancel).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(HostLimiterTest, CancelledWait_GivesUp) {
  SystemClock clock;
  CancelToken cancel;
  HostLimiter limiter({.max_concurrent = 1}, clock);
  const auto held = limiter.Acquire("a", milliseconds(0), cancel);
  std::thread canceller([&] { cancel.Cancel(); });
  EXPECT_TRUE(absl::IsCancelled(limiter.Acquire("a", milliseconds(0), cancel).status()));
  canceller.join();
}

}  // namespace
}  // namespace jobmesh::scraper::fetch
