#pragma once

#include <string>

#include "runtime/config/config_reader.h"
#include "runtime/mesh_process.h"

namespace jobmesh::insights {

// Settings of the insights-service; README.md explains each.
struct InsightsConfig {
  runtime::MeshConfig mesh;
  std::string database_url;
  int pool_size = 0;

  // Problems stay in `reader`.
  static InsightsConfig Load(runtime::config::ConfigReader& reader);
};

}  // namespace jobmesh::insights
