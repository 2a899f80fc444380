#pragma once

#include <span>
#include <string>

#include "absl/status/status.h"

namespace jobmesh::runtime::postgres {

// One step of a schema. Arrays of them are generated from NNNN_name.{up,down}.sql
// (cmake/embed_sql.py), numbered from 1 without gaps.
struct Migration {
  int version;
  const char* name;
  const char* up;
  const char* down;
};

// Brings the database at `url` to the last of `migrations`: each missing one in a transaction of
// its own, under a session advisory lock, so that replicas that start together take turns. Table
// schema_migration remembers what was applied. FAILED_PRECONDITION when an applied migration has
// another text than the one given; a database newer than the program is only logged.
absl::Status Migrate(const std::string& url, std::span<const Migration> migrations);

// Takes back, newest first, what is above `to_version` (0: everything). FAILED_PRECONDITION when
// the database holds a version that `migrations` does not have.
absl::Status MigrateDown(const std::string& url, std::span<const Migration> migrations,
                         int to_version);

}  // namespace jobmesh::runtime::postgres
