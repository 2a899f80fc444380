#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/routes/route_table.h"

// Test support: tables of templates without rpcs, and their answers in short.
namespace jobmesh::gateway::routes::testdata {

// A route without an rpc: what matters here is the template.
inline Route RouteOf(const std::string& method, const std::string& path) {
  Route route{.owner = "test", .rpc = "/test/" + path, .http_method = method};
  route.path = *ParsePathTemplate(path);
  route.variables.resize(route.path.variables.size());
  return route;
}

inline RouteTable TableOf(const std::vector<std::string>& templates,
                          const std::string& method = "GET", const PathOptions& options = {}) {
  RouteTable table(options);
  for (const std::string& path : templates) {
    EXPECT_TRUE(table.Add(RouteOf(method, path)).ok()) << path;
  }
  return table;
}

// `template x="value" …`, `404`, `405 GET,HEAD` or `400`.
inline std::string Result(const RouteTable& table, const std::string& path,
                          const std::string& method = "GET") {
  const RouteResult result = table.Match(method, path);
  if (const auto* match = std::get_if<RouteMatch>(&result)) {
    const PathTemplate& found = match->route->path;
    std::string text = found.text;
    for (std::size_t i = 0; i < match->variables.size(); ++i) {
      text += ' ' + found.variables[i].field_path + "=\"" + match->variables[i].value + '"';
    }
    return text;
  }
  if (const auto* other = std::get_if<MethodNotAllowed>(&result)) {
    std::string text = "405";
    for (const std::string& each : other->allow) text += ' ' + each;
    return text;
  }
  return std::holds_alternative<BadPath>(result) ? "400" : "404";
}

}  // namespace jobmesh::gateway::routes::testdata
