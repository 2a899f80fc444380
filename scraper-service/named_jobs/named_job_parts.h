#pragma once

#include "runtime/lifecycle/process.h"
#include "runtime/mesh_process.h"
#include "scraper-service/task_parts.h"

namespace jobmesh::scraper::named_jobs {

// Adds the service of document 004 to the process's server, and its executor to the worker where
// there is one. `needs_token`: false opens its routes to everybody.
void AddNamedJobParts(runtime::Process& process, runtime::MeshParts& mesh, bool needs_token,
                      TaskParts& tasks);

}  // namespace jobmesh::scraper::named_jobs
