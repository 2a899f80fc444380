#include "runtime/testing/postgres_fixture.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <vector>

#include "absl/random/random.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "libpq-fe.h"

namespace jobmesh::runtime::testing {
namespace {

std::string AdminUrl() {
  const char* url = std::getenv("JOBMESH_TEST_DATABASE_URL");
  if (url == nullptr) {
    throw std::runtime_error("JOBMESH_TEST_DATABASE_URL is not set");
  }
  return url;
}

// The URL with another database: postgresql://user@host:port/<name>?options.
std::string WithDatabase(const std::string& url, const std::string& name) {
  const size_t authority = url.find("://");
  if (authority == std::string::npos) {
    throw std::runtime_error("JOBMESH_TEST_DATABASE_URL is not a postgresql:// URL");
  }
  const size_t query = std::min(url.find('?'), url.size());
  const size_t path = std::min(url.find('/', authority + 3), query);
  return url.substr(0, path) + "/" + name + url.substr(query);
}

// Runs SQL on a connection of its own and returns the first column; throws on an error.
std::vector<std::string> Run(const std::string& url, const std::string& sql) {
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url.c_str()), &PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    throw std::runtime_error(PQerrorMessage(connection.get()));
  }
  PQsetNoticeProcessor(
      connection.get(), [](void*, const char*) {}, nullptr);
  std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()),
                                                       &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    throw std::runtime_error(PQerrorMessage(connection.get()));
  }
  std::vector<std::string> column;
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    column.emplace_back(PQgetvalue(result.get(), row, 0));
  }
  return column;
}

}  // namespace

TestDatabase::TestDatabase(std::span<const postgres::Migration> migrations)
    : admin_url_(AdminUrl()) {
  absl::BitGen random;
  name_ =
      absl::StrCat("jobmesh_test_", absl::Hex(absl::Uniform<uint64_t>(random), absl::kZeroPad16));
  url_ = WithDatabase(admin_url_, name_);
  Run(admin_url_, "CREATE DATABASE " + name_);
  if (!migrations.empty()) {
    absl::Status status = postgres::Migrate(url_, migrations);
    if (!status.ok()) {
      Run(admin_url_, "DROP DATABASE " + name_ + " WITH (FORCE)");
      throw std::runtime_error(status.ToString());
    }
  }
}

TestDatabase::~TestDatabase() {
  try {
    // A test of two-phase commit may leave prepared transactions, which forbid the drop.
    for (const std::string& rollback :
         Run(url_,
             "SELECT 'ROLLBACK PREPARED ' || quote_literal(gid) FROM pg_prepared_xacts"
             " WHERE database = current_database()")) {
      Run(url_, rollback);
    }
    Run(admin_url_, "DROP DATABASE " + name_ + " WITH (FORCE)");
  } catch (const std::exception& error) {
    std::cerr << "cannot drop " << name_ << ": " << error.what() << '\n';
  }
}

void TestDatabase::Execute(const std::string& sql) const { Run(url_, sql); }

void TestDatabase::TerminateSessions() const {
  Run(admin_url_,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name_ + "'");
}

}  // namespace jobmesh::runtime::testing
