#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "jobmesh/discovery/v1/registry.pb.h"
#include "runtime/auth/mesh_token.h"
#include "runtime/discovery/directory.h"
#include "runtime/lifecycle/part.h"

namespace jobmesh::runtime::discovery {

// Announces this process to every registry replica once everything before it has started,
// heartbeats, and withdraws it first when the process drains. Add it last. A registry that is down
// is tried again for ever: the process works without.
class Registrar : public lifecycle::Part {
 public:
  // `instance` is asked at Start, when ports are known. `descriptors` is the serialised
  // FileDescriptorSet of what the process offers to the gateway; empty for none.
  Registrar(DiscoveryConfig config, const auth::MeshToken& mesh_token,
            std::function<jobmesh::discovery::v1::Instance()> instance, std::string descriptors);
  ~Registrar() override;

  std::string name() const override { return "registrar"; }
  absl::Status Start() override;
  void BeginDrain() override;
  void Stop() override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jobmesh::runtime::discovery
