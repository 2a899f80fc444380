#pragma once

#include "runtime/lifecycle/process.h"
#include "runtime/mesh_process.h"
#include "scraper-service/scraper_config.h"

namespace jobmesh::scraper {

// Adds the service's own parts and its gRPC server to the process.
void AddScraperParts(runtime::Process& process, runtime::MeshParts& mesh, ScraperConfig config);

}  // namespace jobmesh::scraper
