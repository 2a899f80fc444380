#include "runtime/cache/in_process_cache.h"

#include <stdexcept>
#include <thread>

#include "gtest/gtest.h"

#include "runtime/testing/fake_clock.h"
#include "runtime/testing/wait_for.h"

namespace jobmesh::runtime::cache {
namespace {

class InProcessCacheTest : public ::testing::Test {
 protected:
  InProcessCacheTest() {
    options_.now = [this] { return clock_.Now(); };
    options_.shards = 1;
  }
  // Computes `value`, counting.
  Cache::Compute Gives(absl::StatusOr<std::string> value) {
    return [this, value = std::move(value)] {
      ++computed_;
      return value;
    };
  }

  testing::FakeClock clock_;
  InProcessCacheOptions options_;
  std::atomic<int> computed_ = 0;
};

constexpr absl::Duration kMinute = absl::Minutes(1);

TEST_F(InProcessCacheTest, Value_IsComputedOnceUntilItsTtl) {
  InProcessCache cache(options_);
  EXPECT_EQ(*cache.GetOrCompute("k", {kMinute}, Gives("a")), "a");
  EXPECT_EQ(*cache.GetOrCompute("k", {kMinute}, Gives("b")), "a");
  clock_.Advance(kMinute);
  EXPECT_EQ(*cache.GetOrCompute("k", {kMinute}, Gives("b")), "b");
  EXPECT_EQ(cache.Stats().hits, 1u);
  EXPECT_EQ(cache.Stats().misses, 2u);
}

TEST_F(InProcessCacheTest, Error_IsNotRemembered) {
  InProcessCache cache(options_);
  EXPECT_FALSE(cache.GetOrCompute("k", {kMinute}, Gives(absl::UnavailableError("x"))).ok());
  EXPECT_TRUE(cache.GetOrCompute("k", {kMinute}, Gives("a")).ok());
}

TEST_F(InProcessCacheTest, NotFound_IsRememberedForItsOwnTime) {
  InProcessCache cache(options_);
  const Ttl ttl{.hard = kMinute, .negative = absl::Seconds(5)};
  EXPECT_TRUE(
      absl::IsNotFound(cache.GetOrCompute("k", ttl, Gives(absl::NotFoundError("none"))).status()));
  EXPECT_TRUE(absl::IsNotFound(cache.GetOrCompute("k", ttl, Gives("a")).status()));
  EXPECT_FALSE(cache.Get("k").has_value());
  clock_.Advance(absl::Seconds(5));
  EXPECT_EQ(*cache.GetOrCompute("k", ttl, Gives("a")), "a");
}

TEST_F(InProcessCacheTest, StaleValue_IsServedWhileOneComputes) {
  InProcessCache cache(options_);
  const Ttl ttl{.hard = kMinute, .soft = absl::Seconds(10)};
  cache.Put("k", "old", ttl);
  clock_.Advance(absl::Seconds(10));
  EXPECT_EQ(*cache.GetOrCompute("k", ttl,
                                [&]() -> absl::StatusOr<std::string> {
                                  EXPECT_EQ(*cache.GetOrCompute("k", ttl, Gives("never")), "old");
                                  return std::string("new");
                                }),
            "new");
  EXPECT_EQ(*cache.GetOrCompute("k", ttl, Gives("never")), "new");
  EXPECT_EQ(computed_, 0);
}

TEST_F(InProcessCacheTest, StaleValue_IsBetterThanAnError) {
  InProcessCache cache(options_);
  const Ttl ttl{.hard = kMinute, .soft = absl::Seconds(10)};
  cache.Put("k", "old", ttl);
  clock_.Advance(absl::Seconds(10));
  EXPECT_EQ(*cache.GetOrCompute("k", ttl, Gives(absl::UnavailableError("x"))), "old");
  clock_.Advance(kMinute);
  EXPECT_FALSE(cache.GetOrCompute("k", ttl, Gives(absl::UnavailableError("x"))).ok());
}

TEST_F(InProcessCacheTest, ValueThatIsGone_ReplacesTheStaleOne) {
  InProcessCache cache(options_);
  const Ttl ttl{.hard = kMinute, .soft = absl::Seconds(10)};
  cache.Put("k", "old", ttl);
  clock_.Advance(absl::Seconds(10));
  EXPECT_TRUE(
      absl::IsNotFound(cache.GetOrCompute("k", ttl, Gives(absl::NotFoundError("x"))).status()));
  EXPECT_FALSE(cache.Get("k").has_value());
}

TEST_F(InProcessCacheTest, ConcurrentCallers_ShareOneComputation) {
  InProcessCache cache(options_);
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      absl::StatusOr<std::string> value =
          cache.GetOrCompute("k", {kMinute}, [&]() -> absl::StatusOr<std::string> {
            ++computed_;
            // Not before all others wait for it.
            EXPECT_TRUE(testing::WaitFor([&] { return cache.Stats().misses == 8; }));
            return std::string("a");
          });
      good += value.ok() && *value == "a" ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(good, 8);
  EXPECT_EQ(computed_, 1);
}

TEST_F(InProcessCacheTest, InvalidateAll_HidesValuesAndComputationsUnderWay) {
  InProcessCache cache(options_);
  cache.Put("other", "x", {kMinute});
  EXPECT_EQ(*cache.GetOrCompute("k", {kMinute},
                                [&]() -> absl::StatusOr<std::string> {
                                  cache.InvalidateAll();
                                  return std::string("old");
                                }),
            "old");
  EXPECT_FALSE(cache.Get("k").has_value());
  EXPECT_FALSE(cache.Get("other").has_value());
}

TEST_F(InProcessCacheTest, RemoveDuringAComputation_KeepsItsResultOut) {
  InProcessCache cache(options_);
  EXPECT_TRUE(cache
                  .GetOrCompute("k", {kMinute},
                                [&]() -> absl::StatusOr<std::string> {
                                  cache.Remove("k");
                                  return std::string("old");
                                })
                  .ok());
  EXPECT_FALSE(cache.Get("k").has_value());
}

TEST_F(InProcessCacheTest, ThrowingComputation_LeavesTheKeyUsable) {
  InProcessCache cache(options_);
  EXPECT_THROW(
      cache
          .GetOrCompute("k", {kMinute},
                        []() -> absl::StatusOr<std::string> { throw std::runtime_error("x"); })
          .IgnoreError(),
      std::runtime_error);
  EXPECT_EQ(*cache.GetOrCompute("k", {kMinute}, Gives("a")), "a");
}

TEST_F(InProcessCacheTest, LeastRecentlyUsed_IsEvictedFirst) {
  options_.max_entries = 2;
  InProcessCache cache(options_);
  cache.Put("a", "1", {kMinute});
  cache.Put("b", "2", {kMinute});
  ASSERT_TRUE(cache.Get("a").has_value());
  cache.Put("c", "3", {kMinute});
  EXPECT_TRUE(cache.Get("a").has_value());
  EXPECT_FALSE(cache.Get("b").has_value());
  EXPECT_EQ(cache.Stats().evictions, 1u);
}

TEST_F(InProcessCacheTest, Bytes_AreBounded) {
  options_.max_bytes = 100;
  InProcessCache cache(options_);
  cache.Put("a", std::string(60, 'x'), {kMinute});
  cache.Put("b", std::string(60, 'x'), {kMinute});
  EXPECT_FALSE(cache.Get("a").has_value());
  EXPECT_TRUE(cache.Get("b").has_value());
  cache.Put("b", std::string(200, 'x'), {kMinute});
  EXPECT_FALSE(cache.Get("b").has_value());
}

TEST_F(InProcessCacheTest, ManyThreads_MixAllOperations) {
  options_.shards = 4;
  options_.max_entries = 16;
  InProcessCache cache(options_);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 1000; ++i) {
        const std::string key = std::to_string(i % 32);
        switch ((i + t) % 5) {
          case 0:
            cache.Remove(key);
            break;
          case 1:
            cache.Put(key, key, {kMinute});
            break;
          case 2:
            if (i % 100 == 0) {
              cache.InvalidateAll();
            }
            break;
          default:
            EXPECT_EQ(*cache.GetOrCompute(key, {kMinute}, Gives(key)), key);
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace
}  // namespace jobmesh::runtime::cache
