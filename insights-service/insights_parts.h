#pragma once

#include "insights-service/insights_config.h"
#include "runtime/lifecycle/process.h"
#include "runtime/mesh_process.h"

namespace jobmesh::insights {

// Adds the service's own parts and its gRPC server to the process.
void AddInsightsParts(runtime::Process& process, runtime::MeshParts& mesh,
                      const InsightsConfig& config);

}  // namespace jobmesh::insights
