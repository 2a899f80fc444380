#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/policy/circuit_breaker.h"
#include "runtime/policy/load_balancer.h"
#include "runtime/policy/retry_budget.h"

namespace jobmesh::runtime::policy {
namespace {

using State = CircuitBreaker::State;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

void Fail(CircuitBreaker& breaker, int times, absl::Time now) {
  for (int i = 0; i < times; ++i) {
    ASSERT_TRUE(breaker.TryAcquire(now));
    breaker.OnFailure(now);
  }
}

TEST(CircuitBreakerTest, SevenFailuresInARow_Open) {
  CircuitBreaker breaker({});
  Fail(breaker, 6, kStart);
  EXPECT_EQ(breaker.state(kStart), State::kClosed);
  Fail(breaker, 1, kStart);
  EXPECT_EQ(breaker.state(kStart), State::kOpen);
  EXPECT_FALSE(breaker.TryAcquire(kStart));
}

TEST(CircuitBreakerTest, ASuccess_EndsTheRow) {
  CircuitBreaker breaker({});
  Fail(breaker, 6, kStart);
  breaker.OnSuccess(kStart);
  Fail(breaker, 6, kStart);
  EXPECT_EQ(breaker.state(kStart), State::kClosed);
}

TEST(CircuitBreakerTest, HalfOfTwentyCallsFailing_Open) {
  CircuitBreaker breaker({});
  for (int i = 0; i < 9; ++i) {
    breaker.OnSuccess(kStart);
    breaker.OnFailure(kStart);
  }
  breaker.OnSuccess(kStart);
  EXPECT_EQ(breaker.state(kStart), State::kClosed);
  breaker.OnFailure(kStart);
  EXPECT_EQ(breaker.state(kStart), State::kOpen);
}

TEST(CircuitBreakerTest, FailuresOfAnEarlierWindow_DoNotCountTowardsTheRatio) {
  CircuitBreaker breaker({});
  for (int i = 0; i < 9; ++i) {
    breaker.OnSuccess(kStart);
    breaker.OnFailure(kStart);
  }
  const absl::Time later = kStart + absl::Seconds(11);
  breaker.OnSuccess(later);
  breaker.OnFailure(later);
  EXPECT_EQ(breaker.state(later), State::kClosed);
}

TEST(CircuitBreakerTest, AfterThePause_OneProbeIsLetThrough) {
  CircuitBreaker breaker({});
  Fail(breaker, 7, kStart);
  const absl::Time probe_time = breaker.retry_time();
  EXPECT_FALSE(breaker.TryAcquire(probe_time - absl::Milliseconds(1)));
  EXPECT_TRUE(breaker.TryAcquire(probe_time));
  EXPECT_EQ(breaker.state(probe_time), State::kHalfOpen);
  EXPECT_FALSE(breaker.TryAcquire(probe_time));
}

TEST(CircuitBreakerTest, ASuccessfulProbe_Closes) {
  CircuitBreaker breaker({});
  Fail(breaker, 7, kStart);
  const absl::Time probe_time = breaker.retry_time();
  ASSERT_TRUE(breaker.TryAcquire(probe_time));
  breaker.OnSuccess(probe_time);
  EXPECT_EQ(breaker.state(probe_time), State::kClosed);
  EXPECT_EQ(breaker.retry_time(), absl::InfinitePast());
  Fail(breaker, 6, probe_time);
  EXPECT_EQ(breaker.state(probe_time), State::kClosed);
}

TEST(CircuitBreakerTest, ACancelledProbe_LetsTheNextOneThrough) {
  CircuitBreaker breaker({});
  Fail(breaker, 7, kStart);
  const absl::Time probe_time = breaker.retry_time();
  ASSERT_TRUE(breaker.TryAcquire(probe_time));
  breaker.OnNoOutcome(probe_time);
  EXPECT_TRUE(breaker.TryAcquire(probe_time));
}

TEST(CircuitBreakerTest, OutcomesOfCallsFromBeforeItOpened_ChangeNothing) {
  CircuitBreaker breaker({});
  Fail(breaker, 7, kStart);
  const absl::Time probe_time = breaker.retry_time();
  breaker.OnSuccess(kStart);
  breaker.OnFailure(kStart);
  EXPECT_EQ(breaker.state(kStart), State::kOpen);
  EXPECT_EQ(breaker.retry_time(), probe_time);
}

TEST(CircuitBreakerTest, Pause_DoublesWithEachFailedProbeUpToTheLimitAndIsJittered) {
  CircuitBreaker breaker({});
  Fail(breaker, 7, kStart);
  absl::Time opened = kStart;
  for (const int seconds : {1, 2, 4, 8, 16, 32, 60, 60}) {
    const absl::Duration pause = breaker.retry_time() - opened;
    EXPECT_GE(pause, absl::Seconds(seconds));
    EXPECT_LE(pause, absl::Seconds(seconds) * 1.5);
    opened = breaker.retry_time();
    ASSERT_TRUE(breaker.TryAcquire(opened));
    breaker.OnFailure(opened);
  }
}

TEST(CircuitBreakerTest, Jitter_DiffersBetweenBreakers) {
  CircuitBreaker one({}, 1);
  CircuitBreaker other({}, 987'654'321);
  Fail(one, 7, kStart);
  Fail(other, 7, kStart);
  EXPECT_NE(one.retry_time(), other.retry_time());
}

TEST(RetryBudgetTest, OneRetryInFiveCalls_BesidesTheFreeOnes) {
  RetryBudget budget(0.2, 0);
  int retries = 0;
  for (int i = 0; i < 100; ++i) {
    budget.OnCall();
    retries += budget.TryRetry(kStart) ? 1 : 0;
  }
  EXPECT_GE(retries, 19);
  EXPECT_LE(retries, 20);
}

TEST(RetryBudgetTest, FreeRetries_ComeBackWithTime) {
  RetryBudget budget(0.2, 10);
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(budget.TryRetry(kStart)) << i;
  }
  EXPECT_FALSE(budget.TryRetry(kStart));
  EXPECT_FALSE(budget.TryRetry(kStart - absl::Seconds(5)));
  EXPECT_TRUE(budget.TryRetry(kStart + absl::Milliseconds(200)));
}

TEST(RetryBudgetTest, Savings_AreLimited) {
  RetryBudget budget(0.2, 10);
  budget.TryRetry(kStart);
  int retries = 0;
  while (budget.TryRetry(kStart + absl::Hours(1))) {
    ++retries;
  }
  EXPECT_EQ(retries, 100);
}

std::vector<int> Count(LoadBalancer& balancer, const std::vector<Candidate>& candidates,
                       int picks) {
  std::vector<int> counts(candidates.size());
  for (int i = 0; i < picks; ++i) {
    ++counts[balancer.Pick(candidates, "")];
  }
  return counts;
}

TEST(LoadBalancerTest, UnknownName_GivesNone) { EXPECT_EQ(MakeLoadBalancer("random"), nullptr); }

TEST(LoadBalancerTest, RoundRobin_IsEven) {
  auto balancer = MakeLoadBalancer("round_robin");
  EXPECT_THAT(Count(*balancer, {{0, 100, "a"}, {9, 100, "b"}, {0, 100, "c"}}, 300),
              ::testing::ElementsAre(100, 100, 100));
}

TEST(LoadBalancerTest, LeastRequest_PrefersTheLessLoaded) {
  auto balancer = MakeLoadBalancer("least_request");
  EXPECT_THAT(Count(*balancer, {{5, 100, "a"}, {1, 100, "b"}}, 100),
              ::testing::ElementsAre(0, 100));
  // Of three, the most loaded one is never the better of two.
  const std::vector<int> counts =
      Count(*balancer, {{5, 100, "a"}, {1, 100, "b"}, {3, 100, "c"}}, 300);
  EXPECT_EQ(counts[0], 0);
  EXPECT_GT(counts[1], counts[2]);
}

TEST(LoadBalancerTest, LeastRequest_CountsLoadByWeight) {
  auto balancer = MakeLoadBalancer("least_request");
  EXPECT_THAT(Count(*balancer, {{2, 300, "a"}, {1, 100, "b"}}, 100),
              ::testing::ElementsAre(100, 0));
}

TEST(LoadBalancerTest, LeastRequest_SpreadsEqualLoad) {
  auto balancer = MakeLoadBalancer("least_request");
  for (const int count : Count(*balancer, {{0, 100, "a"}, {0, 100, "b"}, {0, 100, "c"}}, 3000)) {
    EXPECT_NEAR(count, 1000, 150);
  }
}

TEST(LoadBalancerTest, Weighted_GivesSharesByWeight) {
  auto balancer = MakeLoadBalancer("weighted");
  const std::vector<int> counts = Count(*balancer, {{0, 100, "a"}, {0, 300, "b"}}, 4000);
  EXPECT_NEAR(counts[0], 1000, 150);
  EXPECT_NEAR(counts[1], 3000, 150);
}

TEST(LoadBalancerTest, ConsistentHash_MovesOnlyTheKeysOfARemovedInstance) {
  auto balancer = MakeLoadBalancer("consistent_hash");
  const std::vector<Candidate> all{{0, 100, "a"}, {0, 100, "b"}, {0, 100, "c"}, {0, 100, "d"}};
  const std::vector<Candidate> rest{{0, 100, "d"}, {0, 100, "a"}, {0, 100, "b"}};
  std::map<std::string, int> keys;
  for (int i = 0; i < 1000; ++i) {
    const std::string key = "key-" + std::to_string(i);
    const std::string before(all[balancer->Pick(all, key)].id);
    const std::string after(rest[balancer->Pick(rest, key)].id);
    ++keys[before];
    if (before != "c") {
      EXPECT_EQ(before, after) << key;
    }
  }
  for (const Candidate& candidate : all) {
    EXPECT_NEAR(keys[std::string(candidate.id)], 250, 75) << candidate.id;
  }
}

}  // namespace
}  // namespace jobmesh::runtime::policy
