#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "runtime/auth/mesh_token.h"
#include "runtime/auth/token_verifier.h"
#include "runtime/discovery/directory.h"
#include "runtime/http/admin_server.h"
#include "runtime/lifecycle/process.h"
#include "runtime/rpc/client.h"
#include "runtime/rpc/server.h"

namespace jobmesh::runtime {

// Settings of a process that serves gRPC in the mesh.
struct MeshConfig {
  rpc::ServerConfig rpc;
  http::AdminConfig admin;
  discovery::DiscoveryConfig discovery;
  std::string mesh_token;

  // Reads JOBMESH_RPC_*, JOBMESH_ADMIN_*, JOBMESH_DISCOVERY_ENDPOINTS, JOBMESH_MESH_TOKEN.
  static MeshConfig Load(config::ConfigReader& reader, int default_rpc_port,
                         int default_admin_port);
};

// What every service of the mesh is made of besides its own parts, added to a process in the right
// order:
//
//   MeshParts mesh(process, config, reader.settings());      // admin server, directory, token
//   verifier auto& pool = process.Add<postgres::Pool>(...);           // own parts
//   mesh.AddServer();                                        // gRPC server
//   mesh.server().AddService(...);
//   mesh.AddRegistrar(UserDescriptors());                    // last
//
// Holds references only; may go away before the process runs.
class MeshParts {
 public:
  // `own_keys`: where this process gets the keys of tokens; null means from the mesh (KeyService).
  MeshParts(Process& process, const MeshConfig& config, std::vector<config::Setting> settings,
            std::unique_ptr<auth::KeySource> own_keys = nullptr);

  http::AdminServer& admin() { return *admin_; }
  discovery::Directory& directory() { return *directory_; }
  const auth::MeshToken& mesh_token() const { return *mesh_token_; }
  auth::TokenVerifier& verifier() { return *verifier_; }
  rpc::Server& server() { return *server_; }

  // A client of another service, kept by the process.
  rpc::Client& AddClient(const std::string& service);
  rpc::Server& AddServer();
  // Announces the process as `process.name()`, with the FileDescriptorSet of its public routes.
  void AddRegistrar(std::string_view descriptors);

 private:
  Process& process_;
  MeshConfig config_;
  http::AdminServer* admin_;
  discovery::Directory* directory_;
  const auth::MeshToken* mesh_token_;
  auth::TokenVerifier* verifier_;
  rpc::Server* server_ = nullptr;
};

}  // namespace jobmesh::runtime
