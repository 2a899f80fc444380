#pragma once

namespace jobmesh::runtime::postgres {

// One SQL statement with a name. Constants of this type are generated from `-- name: x` blocks of
// .sql files (cmake/embed_sql.py). The name labels the metric and the prepared statement, so it is
// unique in a service.
struct Query {
  const char* name;
  const char* text;  // parameters are $1, $2, …
};

}  // namespace jobmesh::runtime::postgres
