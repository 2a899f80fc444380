#pragma once

#include <string>

#include "runtime/mesh_process.h"
#include "runtime/postgres/pool.h"
#include "user-service/user_config.h"

namespace jobmesh::user {

// The two databases the service works on; added to a process before anything else, because checking
// tokens needs them.
struct Databases {
  runtime::postgres::Pool& own;
  runtime::postgres::Pool& search;
};
Databases AddDatabases(runtime::Process& process, const UserConfig& config);

// Adds everything between the mesh's own parts: accounts, subscriptions, search, notifications, the
// saga, the gRPC server with all services. The very same wiring runs in tests.
void AddUserParts(runtime::Process& process, runtime::MeshParts& mesh, const Databases& databases,
                  const UserConfig& config);

}  // namespace jobmesh::user
