#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include <gtest/gtest.h>

#include "discovery/registry/registry.h"
#include "discovery/registry/registry_service.h"
#include "runtime/discovery/directory.h"
#include "runtime/rpc/server.h"
#include "runtime/sha256.h"

// Test support: a registry in this process, told directly what runs.
namespace jobmesh::gateway::session::testing {

class RegistryHost {
 public:
  explicit RegistryHost(const runtime::auth::MeshToken& mesh_token)
      : server_({.address = "127.0.0.1", .port = 0, .worker_threads = 4}, "discovery",
                std::make_shared<prometheus::Registry>(), mesh_token, nullptr) {
    server_.AddService(discovery::MakeRegistryService(handlers_));
    EXPECT_TRUE(server_.Start().ok());
  }
  ~RegistryHost() {
    server_.Drain(absl::Now() + absl::Seconds(1));
    server_.Stop();
  }

  runtime::discovery::DiscoveryConfig config() const {
    return {.registries = {absl::StrCat("127.0.0.1:", server_.port())}, .zone = ""};
  }

  // One running process.
  struct Instance {
    std::string service;
    std::string id;
    std::string version = "0.1.0";
    int port = 1;
    std::string descriptors;
    std::vector<std::string> grpc_services = {};
  };
  // Makes it known and healthy.
  void Add(const Instance& instance) {
    jobmesh::discovery::v1::Instance entry;
    entry.set_service(instance.service);
    entry.set_instance_id(instance.id);
    entry.set_address("127.0.0.1");
    entry.set_port(static_cast<std::uint32_t>(instance.port));
    entry.set_version(instance.version);
    entry.set_descriptors_hash(runtime::Sha256Hex(instance.descriptors));
    for (const std::string& name : instance.grpc_services) entry.add_grpc_services(name);
    EXPECT_TRUE(registry_.Register(entry, instance.descriptors, absl::Now()).ok());
    registry_.OnCheck(instance.id, discovery::CheckResult::kServing, absl::Now());
  }
  void Remove(const std::string& id) { registry_.Deregister(id); }

 private:
  discovery::Registry registry_{discovery::RegistryOptions{.lease = absl::Hours(1)}};
  discovery::RegistryHandlers handlers_{registry_, [](const std::string&) {}};
  runtime::rpc::Server server_;
};

}  // namespace jobmesh::gateway::session::testing
