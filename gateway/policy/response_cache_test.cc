#include "gateway/policy/response_cache.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/testing/fake_clock.h"

namespace jobmesh::gateway::policy {
namespace {

class ResponseCacheTest : public ::testing::Test {
 protected:
  std::unique_ptr<ResponseCache> Make(size_t max_bytes = 1 << 20, size_t shards = 1) {
    return std::make_unique<ResponseCache>(ResponseCache::Options{
        .max_bytes = max_bytes, .shards = shards, .aliases_per_shard = 64, .now = [this] {
          return clock_.Now();
        }});
  }

  std::shared_ptr<const CachedResponse> Response(std::string body, std::int64_t version = 0) {
    CachedResponse::Source source;
    source.content_type = "application/octet-stream";
    source.body = std::move(body);
    source.max_age = absl::Seconds(4);  // stale for two more
    source.time = clock_.Now();
    if (version != 0) {
      newest_->Note(version, clock_.Now());
      source.data_version = version;
      source.newest_version = newest_;
    }
    return std::make_shared<const CachedResponse>(std::move(source));
  }

  void Land(ResponseCache& cache, const std::string& key,
            std::shared_ptr<const CachedResponse> response, bool may_be_kept = true) {
    ResponseCache::Fetched fetched;
    fetched.response = std::move(response);
    fetched.may_be_kept = may_be_kept;
    cache.Land(key, std::move(fetched));
  }
  void LandFailure(ResponseCache& cache, const std::string& key, absl::Status status) {
    ResponseCache::Fetched fetched;
    fetched.status = std::move(status);
    cache.Land(key, std::move(fetched));
  }

  // Asks, notes what a waiter is told.
  ResponseCache::Found Ask(ResponseCache& cache, const std::string& key) {
    return cache.Find(key, [this](const ResponseCache::Outcome& outcome) {
      told_.push_back(outcome.response == nullptr ? std::string(outcome.failure->status.message())
                                                  : Body(outcome.response));
      results_.push_back(outcome.result);
    });
  }
  static std::string Body(const std::shared_ptr<const CachedResponse>& response) {
    return response == nullptr
               ? "(none)"
               : response->Answer({}, CacheResult::kHit, absl::UnixEpoch()).content();
  }
  void Fill(ResponseCache& cache, const std::string& key, const std::string& body) {
    Ask(cache, key);
    Land(cache, key, Response(body));
    told_.clear();
    results_.clear();
  }

  runtime::testing::FakeClock clock_;
  std::shared_ptr<DataVersion> newest_ = std::make_shared<DataVersion>();
  std::vector<std::string> told_;
  std::vector<CacheResult> results_;
};

TEST_F(ResponseCacheTest, ConcurrentMisses_FetchOnceAndAllAreTold) {
  const auto cache = Make();
  EXPECT_TRUE(Ask(*cache, "k").must_fetch);
  EXPECT_FALSE(Ask(*cache, "k").must_fetch);
  EXPECT_FALSE(Ask(*cache, "k").must_fetch);
  EXPECT_TRUE(Ask(*cache, "other").must_fetch);
  Land(*cache, "k", Response("v"));
  EXPECT_EQ(told_, (std::vector<std::string>{"v", "v", "v"}));
  const ResponseCache::Found found = Ask(*cache, "k");
  EXPECT_EQ(Body(found.response), "v");
  EXPECT_EQ(found.result, CacheResult::kHit);
  EXPECT_FALSE(found.must_fetch);
}

TEST_F(ResponseCacheTest, AStaleResponse_IsServedWhileOneCallerRenewsIt) {
  const auto cache = Make();
  Fill(*cache, "k", "old");
  clock_.Advance(absl::Seconds(4));
  const ResponseCache::Found first = Ask(*cache, "k");
  EXPECT_EQ(Body(first.response), "old");
  EXPECT_EQ(first.result, CacheResult::kStale);
  EXPECT_TRUE(first.must_fetch);
  EXPECT_FALSE(Ask(*cache, "k").must_fetch);
  Land(*cache, "k", Response("new"));
  EXPECT_EQ(Body(Ask(*cache, "k").response), "new");
  EXPECT_TRUE(told_.empty());
}

TEST_F(ResponseCacheTest, PastTheStaleTime_CallersWait) {
  const auto cache = Make();
  Fill(*cache, "k", "old");
  clock_.Advance(absl::Seconds(6));
  const ResponseCache::Found found = Ask(*cache, "k");
  EXPECT_EQ(found.response, nullptr);
  EXPECT_TRUE(found.must_fetch);
}

TEST_F(ResponseCacheTest, ANewerDataVersion_OutdatesAtOnce) {
  const auto cache = Make();
  Ask(*cache, "a");
  Land(*cache, "a", Response("a at 7", 7));
  EXPECT_EQ(Body(Ask(*cache, "a").response), "a at 7");
  Ask(*cache, "b");
  Land(*cache, "b", Response("b at 8", 8));
  EXPECT_EQ(Ask(*cache, "a").response, nullptr);  // not even as stale
  EXPECT_EQ(Body(Ask(*cache, "b").response), "b at 8");
}

TEST_F(ResponseCacheTest, WhenFetchingFails_TheLastResponseServesForAWhile) {
  const auto cache = Make();
  Fill(*cache, "k", "last");
  clock_.Advance(absl::Seconds(30));
  EXPECT_TRUE(Ask(*cache, "k").must_fetch);
  LandFailure(*cache, "k", absl::UnavailableError("away"));
  EXPECT_EQ(told_, std::vector<std::string>{"last"});
  EXPECT_EQ(results_, std::vector<CacheResult>{CacheResult::kStale});
  clock_.Advance(absl::Seconds(34));
  Ask(*cache, "k");
  LandFailure(*cache, "k", absl::UnavailableError("away"));
  EXPECT_EQ(told_.back(), "away");
}

TEST_F(ResponseCacheTest, WhatTheServiceDecided_IsToldAndForgetsTheLastResponse) {
  const auto cache = Make();
  Fill(*cache, "k", "last");
  clock_.Advance(absl::Seconds(7));
  Ask(*cache, "k");
  LandFailure(*cache, "k", absl::NotFoundError("gone"));
  EXPECT_EQ(told_, std::vector<std::string>{"gone"});
  Ask(*cache, "k");
  LandFailure(*cache, "k", absl::UnavailableError("away"));
  EXPECT_EQ(told_.back(), "away");
}

TEST_F(ResponseCacheTest, WhatMayNotBeKept_IsToldButNotKept) {
  const auto cache = Make();
  Ask(*cache, "k");
  Land(*cache, "k", Response("private"), false);
  EXPECT_EQ(told_, std::vector<std::string>{"private"});
  EXPECT_TRUE(Ask(*cache, "k").must_fetch);
  EXPECT_EQ(cache->GetStats().bytes, 0u);
}

TEST_F(ResponseCacheTest, Bytes_StayWithinTheBoundAndWhatIsUsedStays) {
  const auto cache = Make(100'000);
  Fill(*cache, "hot", std::string(1000, 'h'));
  for (int i = 0; i < 1000; ++i) {
    Fill(*cache, "cold " + std::to_string(i), std::string(1000, 'c'));
    EXPECT_LE(cache->GetStats().bytes, 100'000u);
    EXPECT_NE(Ask(*cache, "hot").response, nullptr) << i;
  }
  EXPECT_GT(cache->GetStats().entries, 20u);
  EXPECT_LT(cache->GetStats().entries, 100u);
  EXPECT_GT(cache->GetStats().evictions, 900u);
}

TEST_F(ResponseCacheTest, WhatIsLargerThanTheCache_IsNotKept) {
  const auto cache = Make(10'000);
  Ask(*cache, "k");
  Land(*cache, "k", Response(std::string(20'000, 'x')));
  EXPECT_EQ(told_.size(), 1u);
  EXPECT_EQ(cache->GetStats().entries, 0u);
}

TEST_F(ResponseCacheTest, AnAlias_LeadsToFreshResponsesOnly) {
  const auto cache = Make();
  EXPECT_EQ(cache->FindFresh("/v1/jobs?a=1"), nullptr);
  Fill(*cache, "k", "v");
  cache->Alias("/v1/jobs?a=1", "k");
  cache->Alias("/nothing", "unknown");
  EXPECT_EQ(Body(cache->FindFresh("/v1/jobs?a=1")), "v");
  EXPECT_EQ(cache->FindFresh("/nothing"), nullptr);
  clock_.Advance(absl::Seconds(4));
  EXPECT_EQ(cache->FindFresh("/v1/jobs?a=1"), nullptr);
  Ask(*cache, "k");
  Land(*cache, "k", Response("new"));
  EXPECT_EQ(Body(cache->FindFresh("/v1/jobs?a=1")), "new");
}

TEST_F(ResponseCacheTest, HostileNumbersOfTargets_AreForgotten) {
  const auto cache = Make();
  Fill(*cache, "k", "v");
  for (int i = 0; i < 10'000; ++i) {
    cache->Alias("/t" + std::to_string(i), "k");
  }
  int known = 0;
  for (int i = 0; i < 10'000; ++i) {
    known += cache->FindFresh("/t" + std::to_string(i)) != nullptr;
  }
  EXPECT_EQ(known, 64);
  cache->Alias(std::string(2000, 'x'), "k");
  EXPECT_EQ(cache->FindFresh(std::string(2000, 'x')), nullptr);
}

TEST_F(ResponseCacheTest, ManyThreads_EachAskerIsAnsweredExactlyOnce) {
  const auto cache = Make(20'000, 4);
  std::atomic<int> answered{0};
  std::vector<std::thread> threads;
  constexpr int kRounds = 5000;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int round = 0; round < kRounds; ++round) {
        const std::string key = "k" + std::to_string((round * 7 + t) % 40);
        const ResponseCache::Found found =
            cache->Find(key, [&](const ResponseCache::Outcome&) { ++answered; });
        answered += found.response != nullptr;
        if (found.must_fetch) {
          if (round % 10 == 0) {
            LandFailure(*cache, key, absl::UnavailableError("x"));
          } else {
            Land(*cache, key, Response(std::string(500, 'x')));
          }
        }
        if (round % 50 == 0) {
          clock_.Advance(absl::Seconds(1));
        }
        cache->Alias(key, key);
        cache->FindFresh(key);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(answered, 4 * kRounds);
}

}  // namespace
}  // namespace jobmesh::gateway::policy
