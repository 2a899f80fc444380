// Idempotency keys over a real database.

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "user_migrations.h"

#include "runtime/testing/postgres_fixture.h"
#include "user-service/idempotency/idempotency_handlers.h"

namespace jobmesh::user {
namespace {

namespace v1 = idempotency::v1;

class IdempotencyTest : public testing::Test {
 protected:
  void SetUp() override {
    JOBMESH_REQUIRE_TEST_DATABASE();
    database_ = std::make_unique<runtime::testing::TestDatabase>(kMigrations);
    pool_ = std::make_unique<runtime::postgres::Pool>(
        runtime::postgres::PoolOptions{.url = database_->url()}, registry_);
    requests_ = std::make_unique<IdempotencyRepository>(*pool_);
    handlers_ = std::make_unique<IdempotencyHandlers>(*requests_);
  }

  v1::BeginResponse Begin(const std::string& token, const std::string& key = "key",
                          const std::string& caller = "user:1", char asks = 'a') {
    v1::BeginRequest request;
    request.set_caller(caller);
    request.set_key(key);
    request.set_request_hash(std::string(32, asks));
    request.set_lock_token(token);
    request.set_lock_seconds(30);
    const auto response = handlers_->Begin(call_, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::BeginResponse();
  }

  void End(const std::string& token, const std::string& body) {
    v1::EndRequest request = EndOf(token);
    request.mutable_response()->set_status(201);
    request.mutable_response()->set_body(body);
    EXPECT_TRUE(handlers_->End(call_, request).ok());
  }
  void Free(const std::string& token) { EXPECT_TRUE(handlers_->End(call_, EndOf(token)).ok()); }

  static v1::EndRequest EndOf(const std::string& token) {
    v1::EndRequest request;
    request.set_caller("user:1");
    request.set_key("key");
    request.set_lock_token(token);
    return request;
  }

  prometheus::Registry registry_;
  runtime::rpc::CallContext call_;
  std::unique_ptr<runtime::testing::TestDatabase> database_;
  std::unique_ptr<runtime::postgres::Pool> pool_;
  std::unique_ptr<IdempotencyRepository> requests_;
  std::unique_ptr<IdempotencyHandlers> handlers_;
};

TEST_F(IdempotencyTest, ADoneRequest_IsAnsweredWithWhatWasAnswered) {
  EXPECT_EQ(Begin("t1").outcome(), v1::BeginResponse::LOCKED);
  End("t1", std::string("\0\xff{}", 4));
  const v1::BeginResponse again = Begin("t2");
  EXPECT_EQ(again.outcome(), v1::BeginResponse::DONE);
  EXPECT_EQ(again.response().status(), 201);
  EXPECT_EQ(again.response().body(), std::string("\0\xff{}", 4));
}

TEST_F(IdempotencyTest, ARunningRequest_IsNotBegunTwice) {
  EXPECT_EQ(Begin("t1").outcome(), v1::BeginResponse::LOCKED);
  const v1::BeginResponse other = Begin("t2");
  EXPECT_EQ(other.outcome(), v1::BeginResponse::RUNNING);
  EXPECT_GT(other.retry_after_seconds(), 25);
  EXPECT_LE(other.retry_after_seconds(), 30);
  EXPECT_EQ(Begin("t1").outcome(), v1::BeginResponse::LOCKED);  // the same call, repeated
}

TEST_F(IdempotencyTest, AnotherRequest_IsToldSoWhateverBecameOfTheFirst) {
  Begin("t1");
  EXPECT_EQ(Begin("t2", "key", "user:1", 'b').outcome(), v1::BeginResponse::OTHER_REQUEST);
  End("t1", "{}");
  EXPECT_EQ(Begin("t2", "key", "user:1", 'b').outcome(), v1::BeginResponse::OTHER_REQUEST);
}

TEST_F(IdempotencyTest, KeysOfDifferentCallers_AreDifferentKeys) {
  Begin("t1");
  End("t1", "secret of user 1");
  EXPECT_EQ(Begin("t2", "key", "user:2", 'b').outcome(), v1::BeginResponse::LOCKED);
  EXPECT_EQ(Begin("t3", "Key").outcome(), v1::BeginResponse::LOCKED);
}

TEST_F(IdempotencyTest, AFreedKey_IsAsNew) {
  Begin("t1");
  Free("t1");
  EXPECT_EQ(Begin("t2", "key", "user:1", 'b').outcome(), v1::BeginResponse::LOCKED);
}

TEST_F(IdempotencyTest, AfterACrash_TheLockRunsOutAndTheOldHolderHasLostIt) {
  Begin("t1");
  database_->Execute("UPDATE idempotency_key SET lock_expire_time = now()");
  EXPECT_EQ(Begin("t2", "key", "user:1", 'b').outcome(), v1::BeginResponse::OTHER_REQUEST);
  EXPECT_EQ(Begin("t2").outcome(), v1::BeginResponse::LOCKED);
  End("t1", "late");
  Free("t1");
  EXPECT_EQ(Begin("t3").outcome(), v1::BeginResponse::RUNNING);
  End("t2", "{}");
  EXPECT_EQ(Begin("t3").response().body(), "{}");
  Free("t2");  // a done request stays done
  EXPECT_EQ(Begin("t3").outcome(), v1::BeginResponse::DONE);
}

TEST_F(IdempotencyTest, AfterADay_AKeyIsForgotten) {
  Begin("t1");
  End("t1", "{}");
  database_->Execute("UPDATE idempotency_key SET create_time = now() - interval '23 hours'");
  ASSERT_TRUE(requests_->DeleteOld().ok());
  EXPECT_EQ(Begin("t2").outcome(), v1::BeginResponse::DONE);
  database_->Execute("UPDATE idempotency_key SET create_time = now() - interval '25 hours'");
  EXPECT_EQ(Begin("t2", "key", "user:1", 'b').outcome(), v1::BeginResponse::LOCKED);
  database_->Execute("UPDATE idempotency_key SET create_time = now() - interval '25 hours'");
  ASSERT_TRUE(requests_->DeleteOld().ok());
  EXPECT_EQ(pool_->ExecuteText("SELECT FROM idempotency_key")->size(), 0u);
}

TEST_F(IdempotencyTest, ManyAtOnce_OneIsLetIn) {
  std::atomic<int> locked{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      locked += Begin("t" + std::to_string(i)).outcome() == v1::BeginResponse::LOCKED;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(locked, 1);
}

TEST_F(IdempotencyTest, MalformedRequests_AreRefused) {
  v1::BeginRequest request;
  request.set_caller("user:1");
  request.set_key("key");
  request.set_request_hash(std::string(32, 'a'));
  request.set_lock_token("t");
  request.set_lock_seconds(30);
  const auto refused = [&](auto change) {
    v1::BeginRequest changed = request;
    change(changed);
    return absl::IsInvalidArgument(handlers_->Begin(call_, changed).status());
  };
  EXPECT_TRUE(refused([](auto& r) { r.clear_caller(); }));
  EXPECT_TRUE(refused([](auto& r) { r.set_key(std::string(256, 'x')); }));
  EXPECT_TRUE(refused([](auto& r) { r.set_key("a\tb"); }));
  EXPECT_TRUE(refused([](auto& r) { r.set_request_hash("short"); }));
  EXPECT_TRUE(refused([](auto& r) { r.clear_lock_token(); }));
  EXPECT_TRUE(refused([](auto& r) { r.set_lock_seconds(0); }));
  EXPECT_EQ(pool_->ExecuteText("SELECT FROM idempotency_key")->size(), 0u);
}

}  // namespace
}  // namespace jobmesh::user
