#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "prometheus/registry.h"

#include "jobmesh/discovery/v1/registry.pb.h"
#include "runtime/auth/mesh_token.h"
#include "runtime/config/config_reader.h"
#include "runtime/lifecycle/part.h"
#include "runtime/rpc/client.h"
#include "runtime/rpc/endpoints.h"

namespace jobmesh::runtime::discovery {

struct DiscoveryConfig {
  std::vector<std::string> registries;  // "host:port" of every registry replica
  std::string zone;

  // JOBMESH_DISCOVERY_ENDPOINTS, JOBMESH_ZONE.
  static DiscoveryConfig Load(config::ConfigReader& reader);
};

// How registries are called: one that is back must be noticed within a heartbeat, so none is left
// out for long.
inline rpc::ClientOptions RegistryClientOptions() {
  return {.load_balancer = "round_robin",
          .breaker = {.min_pause = absl::Milliseconds(200), .max_pause = absl::Seconds(1)}};
}

// This process's view of the mesh: watches the registry and keeps the last good state when no
// registry answers. Of several registries the first that answers is followed. Thread-safe.
class Directory : public lifecycle::Part, public rpc::Endpoints {
 public:
  Directory(const DiscoveryConfig& config, const auth::MeshToken& mesh_token,
            std::shared_ptr<prometheus::Registry> metrics);
  ~Directory() override;

  // Instances that may get traffic: the healthy ones, or the suspect ones when there are no others.
  std::shared_ptr<const rpc::EndpointList> Get(const std::string& service) const override;

  // Every instance of every service, as the registry last told.
  std::vector<jobmesh::discovery::v1::Instance> Instances() const;
  // Called, on the watching thread, after each change. Before Start.
  void OnChange(std::function<void(const std::vector<jobmesh::discovery::v1::Instance>&)> callback);
  // Fetches a descriptor set from the registry. Blocks.
  absl::StatusOr<std::string> FetchDescriptors(const std::string& hash) const;

  std::string name() const override { return "directory"; }
  absl::Status Start() override;
  void Stop() override;
  // OK once a first state was received.
  absl::Status Health() const override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jobmesh::runtime::discovery
