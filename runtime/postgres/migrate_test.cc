#include "runtime/postgres/migrate.h"

#include <thread>
#include <vector>

#include "gmock/gmock.h"

#include "runtime/postgres/pool.h"
#include "runtime/testing/postgres_fixture.h"

namespace jobmesh::runtime::postgres {
namespace {

using ::testing::HasSubstr;

constexpr Migration kTwo[] = {
    {1, "0001_item", "CREATE TABLE item (id int); INSERT INTO item VALUES (1)", "DROP TABLE item"},
    {2, "0002_name", "ALTER TABLE item ADD name text", "ALTER TABLE item DROP name"},
};

class MigrateTest : public ::testing::Test {
 protected:
  void SetUp() override {
    JOBMESH_REQUIRE_TEST_DATABASE();
    database_.emplace();
    pool_.emplace(PoolOptions{.url = database_->url()}, registry_);
  }
  const std::string& url() { return database_->url(); }
  std::string Ask(const std::string& sql) {
    absl::StatusOr<pqxx::result> rows = pool_->ExecuteText(sql);
    return rows.ok() ? (*rows)[0][0].c_str() : std::string(rows.status().message());
  }
  std::string Applied() { return Ask("SELECT count(*) FROM schema_migration"); }

  std::optional<testing::TestDatabase> database_;
  prometheus::Registry registry_;
  std::optional<Pool> pool_;
};

TEST_F(MigrateTest, MissingMigrations_AreAppliedOnce) {
  ASSERT_TRUE(Migrate(url(), kTwo).ok());
  ASSERT_TRUE(Migrate(url(), kTwo).ok());
  EXPECT_EQ(Applied(), "2");
  EXPECT_EQ(Ask("SELECT count(name) + count(*) FROM item"), "1");
}

TEST_F(MigrateTest, ChangedMigration_IsRefused) {
  ASSERT_TRUE(Migrate(url(), kTwo).ok());
  const Migration changed[] = {{1, "0001_item", "CREATE TABLE other ()", "DROP TABLE other"}};
  const absl::Status status = Migrate(url(), changed);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("0001_item was changed"));
}

TEST_F(MigrateTest, FailingMigration_LeavesNothingBehind) {
  const Migration failing[] = {
      {1, "0001_half", "CREATE TABLE half (); SELECT nonsense", "DROP TABLE half"}};
  const absl::Status status = Migrate(url(), failing);
  EXPECT_THAT(std::string(status.message()), HasSubstr("0001_half"));
  EXPECT_EQ(Applied(), "0");
  EXPECT_EQ(Ask("SELECT to_regclass('half') IS NULL"), "t");
}

TEST_F(MigrateTest, DatabaseNewerThanTheProgram_IsAccepted) {
  ASSERT_TRUE(Migrate(url(), kTwo).ok());
  EXPECT_TRUE(Migrate(url(), std::span(kTwo, 1)).ok());
}

TEST_F(MigrateTest, Replicas_TakeTurns) {
  std::vector<std::thread> replicas;
  std::atomic<int> good = 0;
  for (int i = 0; i < 4; ++i) {
    replicas.emplace_back([&] { good += Migrate(url(), kTwo).ok() ? 1 : 0; });
  }
  for (std::thread& replica : replicas) {
    replica.join();
  }
  EXPECT_EQ(good, 4);
  EXPECT_EQ(Applied(), "2");
}

TEST_F(MigrateTest, MigrateDown_TakesBackWhatIsAbove) {
  ASSERT_TRUE(Migrate(url(), kTwo).ok());
  ASSERT_TRUE(MigrateDown(url(), kTwo, 1).ok());
  EXPECT_EQ(Applied(), "1");
  ASSERT_TRUE(MigrateDown(url(), kTwo, 0).ok());
  EXPECT_EQ(Ask("SELECT to_regclass('item') IS NULL"), "t");
  EXPECT_TRUE(Migrate(url(), kTwo).ok());
}

TEST_F(MigrateTest, MigrateDownFromAnUnknownVersion_IsRefused) {
  ASSERT_TRUE(Migrate(url(), kTwo).ok());
  EXPECT_EQ(MigrateDown(url(), std::span(kTwo, 1), 0).code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace jobmesh::runtime::postgres
