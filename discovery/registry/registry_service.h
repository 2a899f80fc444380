#pragma once

#include <functional>
#include <memory>
#include <string>

#include "discovery/registry/registry.h"
#include "jobmesh/discovery/v1/registry.pb.h"
#include "runtime/rpc/service.h"

namespace jobmesh::discovery {

// jobmesh.discovery.v1.Registry on top of a Registry. Thread-safe.
class RegistryHandlers {
 public:
  // `check_soon` asks for a health check of an instance at once.
  RegistryHandlers(Registry& registry, std::function<void(const std::string&)> check_soon);

  absl::StatusOr<v1::RegisterResponse> Register(const runtime::rpc::CallContext& call,
                                                const v1::RegisterRequest& request);
  runtime::rpc::StreamEvents<v1::RenewRequest> Renew(
      const runtime::rpc::CallContext& call,
      std::shared_ptr<runtime::rpc::StreamWriter<v1::RenewResponse>> writer);
  absl::StatusOr<v1::DeregisterResponse> Deregister(const runtime::rpc::CallContext& call,
                                                    const v1::DeregisterRequest& request);
  absl::StatusOr<v1::DrainResponse> Drain(const runtime::rpc::CallContext& call,
                                          const v1::DrainRequest& request);
  absl::StatusOr<v1::ListResponse> List(const runtime::rpc::CallContext& call,
                                        const v1::ListRequest& request);
  runtime::rpc::StreamEvents<v1::WatchRequest> Watch(
      const runtime::rpc::CallContext& call, const v1::WatchRequest& request,
      std::shared_ptr<runtime::rpc::StreamWriter<v1::WatchResponse>> writer);
  absl::StatusOr<v1::GetDescriptorsResponse> GetDescriptors(
      const runtime::rpc::CallContext& call, const v1::GetDescriptorsRequest& request);

 private:
  Registry& registry_;
  const std::function<void(const std::string&)> check_soon_;
  const std::string epoch_;
};

std::unique_ptr<runtime::rpc::Service> MakeRegistryService(RegistryHandlers& handlers);

}  // namespace jobmesh::discovery
