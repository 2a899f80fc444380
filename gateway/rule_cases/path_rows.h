#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "gateway/routes/testdata/paths.h"
#include "gateway/rule_cases/rows.h"

namespace jobmesh::gateway::rule_cases {

// Templates that are registered together, and what GETs of paths lead to: `template x="value" …`,
// `404`, `405 GET HEAD` or `400`.
struct PathRow {
  std::string number;
  std::vector<std::string> templates;
  std::vector<Example> requests;
  routes::PathOptions options = {};
};

inline void PrintTo(const PathRow& row, std::ostream* out) { *out << row.number; }

// Whatever the order of registration, the result must be the same.
inline void Check(const PathRow& row) {
  using routes::testdata::Result;
  using routes::testdata::TableOf;
  const auto table = TableOf(row.templates, "GET", row.options);
  const auto reversed = TableOf({row.templates.rbegin(), row.templates.rend()}, "GET", row.options);
  for (const Example& request : row.requests) {
    EXPECT_EQ(Result(table, request.given), request.result) << request.given;
    EXPECT_EQ(Result(reversed, request.given), request.result) << "reversed, " << request.given;
  }
}

}  // namespace jobmesh::gateway::rule_cases
