#pragma once

#include <memory>
#include <string>
#include <vector>

#include "grpcpp/grpcpp.h"

#include "runtime/auth/mesh_token.h"
#include "runtime/auth/token_verifier.h"
#include "runtime/config/config_reader.h"
#include "runtime/lifecycle/part.h"
#include "runtime/rpc/service.h"

namespace jobmesh::runtime::rpc {

struct ServerConfig {
  std::string address;  // IP literal to listen on
  int port = 0;         // 0 = chosen by the kernel
  int worker_threads = 16;
  int max_message_bytes = 16 * 1024 * 1024;

  // JOBMESH_RPC_ADDRESS, JOBMESH_RPC_PORT (default `default_port`), JOBMESH_RPC_WORKER_THREADS.
  static ServerConfig Load(config::ConfigReader& reader, int default_port);
};

// The gRPC server of a process: services, grpc.health.v1 (also per service name), reflection.
// Methods of a service run on a pool of worker threads; past 1,000 waiting calls new ones get
// RESOURCE_EXHAUSTED.
class Server : public lifecycle::Part {
 public:
  // `service` is the domain of errors. `mesh_token` guards MESH methods. `verifier` may be null
  // when no method needs a user.
  Server(ServerConfig config, std::string service, std::shared_ptr<prometheus::Registry> metrics,
         const auth::MeshToken& mesh_token, auth::TokenVerifier* verifier);
  ~Server() override;

  // Before Start.
  void AddService(std::unique_ptr<Service> service);
  // Full names of the services added.
  std::vector<std::string> ServiceNames() const;

  // After Start.
  int port() const { return bound_port_; }
  const ServerConfig& config() const { return config_; }
  // What grpc.health.v1 answers, for "" and every service. SERVING from Start on.
  void SetServing(bool serving);

  std::string name() const override { return "rpc-server"; }
  absl::Status Start() override;
  void BeginDrain() override;
  void Drain(absl::Time deadline) override;
  void Stop() override;

 private:
  const ServerConfig config_;
  std::unique_ptr<ServerCore> core_;
  std::vector<std::unique_ptr<Service>> services_;
  std::unique_ptr<grpc::Server> server_;
  int bound_port_ = 0;
};

}  // namespace jobmesh::runtime::rpc
