#pragma once

#include <map>
#include <string>
#include <vector>

#include "gateway/routes/route.h"

namespace jobmesh::gateway::openapi {

// One placeholder of a path of OpenAPI.
struct PathPlaceholder {
  std::string name;
  // Index of the variable in Route::variables, or -1 for a wildcard outside of variables.
  int variable = -1;
  // The value of the variable is this placeholder alone.
  bool whole = false;
  // Stands for any number of segments.
  bool deep = false;
};

struct PathKey {
  // `/v1/shelves/{name}:move`
  std::string path;
  // In the order of the path.
  std::vector<PathPlaceholder> placeholders;
};

// Gives path templates the keys that they have under `paths`, where each placeholder is one
// segment: `/v1/{name=shelves/*}` becomes `/v1/shelves/{name}`. OpenAPI takes paths that differ in
// the names of placeholders only for one, so the first names count for all. Not thread-safe.
class PathKeys {
 public:
  PathKey KeyOf(const routes::Route& route);

 private:
  std::map<std::string, std::vector<std::string>> names_;  // by path without names
};

}  // namespace jobmesh::gateway::openapi
