#pragma once

#include <cstdlib>
#include <span>
#include <string>

#include "gtest/gtest.h"

#include "runtime/postgres/migrate.h"

namespace jobmesh::runtime::testing {

// Skips the test, or the suite's SetUpTestSuite, where no PostgreSQL is at hand. `./jobmesh test`
// always sets it.
#define JOBMESH_REQUIRE_TEST_DATABASE()                                                        \
  if (std::getenv("JOBMESH_TEST_DATABASE_URL") == nullptr)                                     \
  GTEST_SKIP()                                                                                 \
      << "JOBMESH_TEST_DATABASE_URL is not set: needs the URL of a superuser of a PostgreSQL " \
         "server that tests may make databases in"

// A fresh database with a random name on the server of JOBMESH_TEST_DATABASE_URL, dropped with
// everything in it on destruction. Any failure throws std::runtime_error, which fails the test.
class TestDatabase {
 public:
  explicit TestDatabase(std::span<const postgres::Migration> migrations = {});
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  // Connection URI of the superuser.
  const std::string& url() const { return url_; }
  const std::string& name() const { return name_; }
  // Runs SQL in the database on a connection of its own.
  void Execute(const std::string& sql) const;
  // Ends every other session of the database, as a restart of the server would.
  void TerminateSessions() const;

 private:
  std::string admin_url_;
  std::string name_;
  std::string url_;
};

}  // namespace jobmesh::runtime::testing
