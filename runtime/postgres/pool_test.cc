#include "runtime/postgres/pool.h"

#include <atomic>
#include <latch>
#include <optional>
#include <thread>

#include "gmock/gmock.h"

#include "runtime/errors.h"
#include "runtime/postgres/error.h"
#include "runtime/status_macros.h"
#include "runtime/telemetry/metrics.h"
#include "runtime/testing/postgres_fixture.h"
#include "runtime/testing/wait_for.h"

namespace jobmesh::runtime::postgres {
namespace {

using ::testing::HasSubstr;

constexpr Query kAdd{"add", "SELECT $1::int + $2::int"};
constexpr Query kInsert{"insert", "INSERT INTO item (id, name) VALUES ($1, $2)"};
constexpr Query kCount{"count", "SELECT count(*) FROM item"};
constexpr Query kIsNull{"is_null", "SELECT $1::text IS NULL, $2::int IS NULL"};

class PoolTest : public ::testing::Test {
 protected:
  void SetUp() override {
    JOBMESH_REQUIRE_TEST_DATABASE();
    database_.emplace();
    database_->Execute("CREATE TABLE item (id int PRIMARY KEY, name text CHECK (name <> ''))");
    options_.url = database_->url();
    options_.acquire_timeout = absl::Milliseconds(200);
    options_.max_connections = 4;
  }

  Pool& pool() {
    if (!pool_) {
      pool_.emplace(options_, registry_);
    }
    return *pool_;
  }
  int Count() { return (*pool().Execute(kCount))[0][0].as<int>(); }

  std::optional<testing::TestDatabase> database_;
  PoolOptions options_;
  prometheus::Registry registry_;
  std::optional<Pool> pool_;
};

TEST_F(PoolTest, Execute_ReturnsTheRows) {
  absl::StatusOr<pqxx::result> rows = pool().Execute(kAdd, 2, 3);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ((*rows)[0][0].as<int>(), 5);
}

TEST_F(PoolTest, ExecuteWithAbsentParameters_SendsNull) {
  absl::StatusOr<pqxx::result> rows = pool().Execute(kIsNull, nullptr, std::optional<int>());
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_TRUE((*rows)[0][0].as<bool>());
  EXPECT_TRUE((*rows)[0][1].as<bool>());
}

TEST_F(PoolTest, ExecuteWithNulCharacter_IsRefused) {
  EXPECT_EQ(pool().Execute(kInsert, 1, std::string("a\0b", 3)).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(PoolTest, ViolatedConstraints_HaveTheirCodes) {
  ASSERT_TRUE(pool().Execute(kInsert, 1, "a").ok());
  EXPECT_EQ(pool().Execute(kInsert, 1, "b").status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(pool().Execute(kInsert, 2, "").status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(PoolTest, SlowStatement_ExceedsItsDeadline) {
  options_.statement_timeout = absl::Milliseconds(20);
  EXPECT_EQ(pool().ExecuteText("SELECT pg_sleep(10)").status().code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(pool().Execute(kAdd, 1, 1).ok());
}

TEST_F(PoolTest, TwoQueriesOfOneName_AreAnError) {
  options_.max_connections = 1;
  ASSERT_TRUE(pool().Execute(kAdd, 1, 1).ok());
  EXPECT_EQ(pool().Execute(Query{"add", "SELECT 1"}).status().code(), absl::StatusCode::kInternal);
}

TEST_F(PoolTest, ReadOnlyPool_RefusesToWrite) {
  options_.read_only = true;
  EXPECT_FALSE(pool().Execute(kInsert, 1, "a").ok());
}

TEST_F(PoolTest, TransactionThatReturnsOk_IsCommitted) {
  absl::StatusOr<int> result = pool().InTransaction([](Tx& tx) -> absl::StatusOr<int> {
    RETURN_IF_ERROR(tx.Execute(kInsert, 1, "a").status());
    ASSIGN_OR_RETURN(pqxx::result rows, tx.Execute(kCount));
    return rows[0][0].as<int>();
  });
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(*result, 1);
  EXPECT_EQ(Count(), 1);
}

TEST_F(PoolTest, TransactionThatReturnsAnError_IsRolledBack) {
  const absl::Status status = pool().InTransaction([](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Execute(kInsert, 1, "a").status());
    return absl::NotFoundError("changed my mind");
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Count(), 0);
}

TEST_F(PoolTest, TransactionThatThrows_IsRolledBack) {
  const absl::Status status = pool().InTransaction([](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Execute(kInsert, 1, "a").status());
    throw std::runtime_error("x");
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(Count(), 0);
}

TEST_F(PoolTest, SwallowedStatementError_StillFailsTheTransaction) {
  const absl::Status status = pool().InTransaction([](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Execute(kInsert, 1, "a").status());
    tx.Execute(kInsert, 1, "again").status().IgnoreError();
    return absl::OkStatus();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Count(), 0);
}

TEST_F(PoolTest, SerializationFailure_IsRunAgain) {
  ASSERT_TRUE(pool().ExecuteText("INSERT INTO item VALUES (1, '0')").ok());
  std::latch both_have_read(2);
  std::atomic<int> runs = 0;
  auto increment = [&] {
    return pool().InTransaction(
        [&, first_run = true](Tx& tx) mutable -> absl::Status {
          ++runs;
          ASSIGN_OR_RETURN(pqxx::result rows,
                           tx.ExecuteText("SELECT name::int + 1 FROM item WHERE id = 1"));
          if (std::exchange(first_run, false)) {
            both_have_read.arrive_and_wait();
          }
          return tx.ExecuteTextParams("UPDATE item SET name = $1 WHERE id = 1", rows[0][0].c_str())
              .status();
        },
        {.isolation = TxOptions::Isolation::kSerializable});
  };
  absl::Status other;
  std::thread thread([&] { other = increment(); });
  EXPECT_TRUE(increment().ok());
  thread.join();
  EXPECT_TRUE(other.ok());
  EXPECT_EQ(runs, 3);
  EXPECT_EQ((*pool().ExecuteText("SELECT name::int FROM item"))[0][0].as<int>(), 2);
}

TEST_F(PoolTest, OwnAbortedStatus_IsNotRunAgain) {
  int runs = 0;
  EXPECT_EQ(pool()
                .InTransaction([&](Tx&) -> absl::Status {
                  ++runs;
                  return absl::AbortedError("mine");
                })
                .code(),
            absl::StatusCode::kAborted);
  EXPECT_EQ(runs, 1);
}

TEST_F(PoolTest, CopyIn_LoadsRowsWithNullsAndSpecialCharacters) {
  const absl::Status status = pool().InTransaction([](Tx& tx) {
    return tx.CopyIn("item", {"id", "name"},
                     {MakeParams(1, "tab\t newline\n backslash\\"), MakeParams(2, nullptr)});
  });
  ASSERT_TRUE(status.ok()) << status;
  absl::StatusOr<pqxx::result> rows = pool().ExecuteText("SELECT name FROM item ORDER BY id");
  EXPECT_STREQ((*rows)[0][0].c_str(), "tab\t newline\n backslash\\");
  EXPECT_TRUE((*rows)[1][0].is_null());
}

TEST_F(PoolTest, FailedCopyIn_LeavesAUsablePool) {
  const absl::Status status = pool().InTransaction([](Tx& tx) {
    return tx.CopyIn("item", {"id", "name"}, {MakeParams(1, "a"), MakeParams(1, "b")});
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists) << status;
  EXPECT_EQ(Count(), 0);
}

TEST_F(PoolTest, PreparedTransaction_IsFinishedLater) {
  const std::string first = database_->name() + "-1";
  const std::string second = database_->name() + "-2";
  auto insert = [&](int id, const std::string& global_id) {
    return pool().InTransaction([&](Tx& tx) -> absl::Status {
      RETURN_IF_ERROR(tx.Execute(kInsert, id, "a").status());
      return tx.Prepare(global_id);
    });
  };
  ASSERT_TRUE(insert(1, first).ok());
  EXPECT_EQ(Count(), 0);
  ASSERT_TRUE(pool().CommitPrepared(first).ok());
  EXPECT_EQ(Count(), 1);
  ASSERT_TRUE(insert(2, second).ok());
  ASSERT_TRUE(pool().RollbackPrepared(second).ok());
  EXPECT_EQ(Count(), 1);
  EXPECT_EQ(pool().CommitPrepared("no-such").code(), absl::StatusCode::kNotFound);
}

TEST_F(PoolTest, ClosedSessions_AreReplacedUnnoticed) {
  ASSERT_TRUE(pool().Execute(kAdd, 1, 1).ok());
  database_->TerminateSessions();
  EXPECT_TRUE(testing::WaitFor([&] { return pool().Execute(kAdd, 1, 1).ok(); }));
}

TEST_F(PoolTest, SessionClosedInATransaction_IsUnavailableAndThenReplaced) {
  const absl::Status status = pool().InTransaction([&](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Execute(kInsert, 1, "a").status());
    database_->TerminateSessions();
    return absl::OkStatus();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_EQ(Count(), 0);
}

TEST_F(PoolTest, UnreachableServer_IsUnavailable) {
  options_.url = "postgresql://nobody@/none?host=/nonexistent";
  const absl::Status status = pool().Execute(kAdd, 1, 1).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(DetailOf(status)->reason, "DATABASE_UNAVAILABLE");
  EXPECT_EQ(pool().Health().code(), absl::StatusCode::kUnavailable);
}

TEST_F(PoolTest, AllConnectionsBusy_IsUnavailableAfterTheWait) {
  options_.max_connections = 1;
  EXPECT_TRUE(pool()
                  .InTransaction([&](Tx&) -> absl::Status {
                    EXPECT_EQ(pool().Execute(kAdd, 1, 1).status().code(),
                              absl::StatusCode::kUnavailable);
                    return absl::OkStatus();
                  })
                  .ok());
}

TEST_F(PoolTest, ManyThreads_ShareFewConnections) {
  options_.acquire_timeout = absl::Seconds(30);
  pool();
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        absl::StatusOr<pqxx::result> rows = pool_->Execute(kAdd, t, i);
        good += rows.ok() && (*rows)[0][0].as<int>() == t + i ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(good, 16 * 50);
  EXPECT_LE((*pool().ExecuteText("SELECT count(*) FROM pg_stat_activity WHERE datname = "
                                 "current_database() AND application_name = 'jobmesh'"))[0][0]
                .as<int>(),
            4);
}

TEST_F(PoolTest, Health_IsOkWhileTheServerAnswers) {
  EXPECT_TRUE(pool().Health().ok());
  EXPECT_TRUE(pool().Health().ok());
}

TEST_F(PoolTest, StoppedPool_IsUnavailable) {
  ASSERT_TRUE(pool().Execute(kAdd, 1, 1).ok());
  pool().Stop();
  EXPECT_EQ(pool().Execute(kAdd, 1, 1).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(PoolTest, Metrics_ShowQueriesAndConnections) {
  ASSERT_TRUE(pool().Execute(kAdd, 1, 1).ok());
  const std::string text = telemetry::Exposition(registry_);
  EXPECT_THAT(text, HasSubstr("jobmesh_db_query_seconds_count{query=\"add\"} 1"));
  EXPECT_THAT(text, HasSubstr("jobmesh_db_pool_connections{pool=\"postgres\",state=\"idle\"} 1"));
}

TEST_F(PoolTest, Timestamps_ComeBackAsTheyWereSent) {
  const absl::Time time = absl::FromUnixMicros(1'800'000'000'123'456);
  absl::StatusOr<pqxx::result> rows = pool().ExecuteTextParams(
      "SELECT $1::timestamptz, $2::text[]", time, std::vector<std::string>{"c++", "a \"b\""});
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(ParseTimestamp((*rows)[0][0].c_str()), time);
  EXPECT_EQ(ParseTextArray((*rows)[0][1].c_str()), (std::vector<std::string>{"c++", "a \"b\""}));
}

}  // namespace
}  // namespace jobmesh::runtime::postgres
