#pragma once

#include <memory>
#include <string>

#include "gateway/http/server.h"
#include "gateway/session/gateway.h"
#include "runtime/config/config_reader.h"
#include "runtime/lifecycle/part.h"

namespace jobmesh::gateway::session {

// JOBMESH_HTTP_ADDRESS, JOBMESH_HTTP_PORT, JOBMESH_HTTP_THREADS, JOBMESH_HTTP_BODY_LIMIT_BYTES,
// JOBMESH_TLS_*.
http::ServerOptions LoadServerOptions(runtime::config::ConfigReader& reader);

// The public HTTP server as a part of the process.
class FrontDoor : public runtime::lifecycle::Part {
 public:
  FrontDoor(http::ServerOptions options, Gateway& gateway);

  int port() const { return server_.port(); }

  std::string name() const override { return "http-server"; }
  absl::Status Start() override { return server_.Start(); }
  void Drain(absl::Time deadline) override;
  void Stop() override { server_.Stop(); }

 private:
  Gateway& gateway_;
  http::Server server_;
};

}  // namespace jobmesh::gateway::session
