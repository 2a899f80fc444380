#include "runtime/postgres/migrate.h"

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"

#include "runtime/postgres/connection.h"
#include "runtime/status_macros.h"
#include "runtime/telemetry/log.h"

namespace jobmesh::runtime::postgres {
namespace {

// Any constant will do as long as every version of the program uses the same.
constexpr char kLock[] = "SELECT pg_advisory_lock(7462110835)";
constexpr char kCreateTable[] =
    "CREATE TABLE IF NOT EXISTS schema_migration ("
    " version integer PRIMARY KEY,"
    " name text NOT NULL,"
    " checksum text NOT NULL,"
    " applied_time timestamptz NOT NULL DEFAULT now())";
constexpr char kChecksum[] = "SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex')";
constexpr char kInsert[] =
    "INSERT INTO schema_migration (version, name, checksum)"
    " VALUES ($1, $2, encode(sha256(convert_to($3, 'UTF8')), 'hex'))";

// A session that holds the lock until it is closed, and what the database says was applied.
struct Schema {
  std::unique_ptr<Connection> connection;
  std::map<int, std::string> checksums;  // by version
};

absl::StatusOr<Schema> OpenSchema(const std::string& url) {
  ConnectionOptions options{url, "jobmesh-migrate", absl::Seconds(5), {}};
  // A replica that waits for another one's migration gives up after this; statements have no limit.
  options.settings = {{"lock_timeout", "60000"}, {"client_min_messages", "warning"}};
  Schema schema;
  ASSIGN_OR_RETURN(schema.connection, Connection::Open(options, nullptr));
  RETURN_IF_ERROR(schema.connection->ExecuteText(kLock).status());
  RETURN_IF_ERROR(schema.connection->ExecuteText(kCreateTable).status());
  ASSIGN_OR_RETURN(pqxx::result rows, schema.connection->ExecuteText(
                                          "SELECT version, checksum FROM schema_migration"));
  for (const auto& row : rows) {
    schema.checksums[row[0].as<int>()] = row[1].c_str();
  }
  return schema;
}

// Runs the text of a migration and one statement that records it, as a whole or not at all.
absl::Status RunStep(Connection& connection, const Migration& migration, const char* text,
                     const std::string& record, const Params& record_params) {
  absl::Status status = [&]() -> absl::Status {
    RETURN_IF_ERROR(connection.ExecuteText("BEGIN").status());
    RETURN_IF_ERROR(connection.ExecuteText(text).status());
    RETURN_IF_ERROR(connection.ExecuteTextWith(record, record_params).status());
    return connection.ExecuteText("COMMIT").status();
  }();
  if (!status.ok()) {
    connection.ExecuteText("ROLLBACK").IgnoreError();
    return absl::Status(status.code(),
                        absl::StrCat("migration ", migration.name, ": ", status.message()));
  }
  return absl::OkStatus();
}

absl::Status CheckUnchanged(Connection& connection, const Migration& migration,
                            const std::string& applied_checksum) {
  ASSIGN_OR_RETURN(pqxx::result row,
                   connection.ExecuteTextWith(kChecksum, MakeParams(migration.up)));
  if (row[0][0].c_str() != applied_checksum) {
    return absl::FailedPreconditionError(
        absl::StrCat("migration ", migration.name,
                     " was changed after it had been applied to this database; put its old text "
                     "back and add a new migration"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Migrate(const std::string& url, std::span<const Migration> migrations) {
  ASSIGN_OR_RETURN(Schema schema, OpenSchema(url));
  for (const Migration& migration : migrations) {
    auto applied = schema.checksums.find(migration.version);
    if (applied != schema.checksums.end()) {
      RETURN_IF_ERROR(CheckUnchanged(*schema.connection, migration, applied->second));
      continue;
    }
    RETURN_IF_ERROR(RunStep(*schema.connection, migration, migration.up, kInsert,
                            MakeParams(migration.version, migration.name, migration.up)));
    telemetry::LogInfo("migration_applied", {{"migration", migration.name}});
  }
  const int newest = migrations.empty() ? 0 : migrations.back().version;
  if (!schema.checksums.empty() && schema.checksums.rbegin()->first > newest) {
    telemetry::LogWarn(
        "database_newer_than_program",
        {{"database_version", schema.checksums.rbegin()->first}, {"program_version", newest}});
  }
  return absl::OkStatus();
}

absl::Status MigrateDown(const std::string& url, std::span<const Migration> migrations,
                         int to_version) {
  ASSIGN_OR_RETURN(Schema schema, OpenSchema(url));
  for (auto it = schema.checksums.rbegin(); it != schema.checksums.rend() && it->first > to_version;
       ++it) {
    auto migration = std::find_if(migrations.begin(), migrations.end(),
                                  [&](const Migration& m) { return m.version == it->first; });
    if (migration == migrations.end()) {
      return absl::FailedPreconditionError(
          absl::StrCat("the database has migration ", it->first,
                       ", which this program does not know; take it back with a newer program"));
    }
    RETURN_IF_ERROR(RunStep(*schema.connection, *migration, migration->down,
                            "DELETE FROM schema_migration WHERE version = $1",
                            MakeParams(migration->version)));
    telemetry::LogInfo("migration_taken_back", {{"migration", migration->name}});
  }
  return absl::OkStatus();
}

}  // namespace jobmesh::runtime::postgres
