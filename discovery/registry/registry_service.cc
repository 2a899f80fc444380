#include "discovery/registry/registry_service.h"

#include <algorithm>

#include "absl/time/clock.h"

#include "runtime/status_macros.h"
#include "runtime/telemetry/trace.h"

namespace jobmesh::discovery {

using runtime::rpc::CallContext;
using runtime::rpc::StreamEvents;
using runtime::rpc::StreamWriter;

RegistryHandlers::RegistryHandlers(Registry& registry,
                                   std::function<void(const std::string&)> check_soon)
    : registry_(registry),
      check_soon_(std::move(check_soon)),
      epoch_(runtime::telemetry::RandomHex(8)) {}

absl::StatusOr<v1::RegisterResponse> RegistryHandlers::Register(
    const CallContext&, const v1::RegisterRequest& request) {
  ASSIGN_OR_RETURN(const bool needed,
                   registry_.Register(request.instance(), request.descriptors(), absl::Now()));
  if (!needed) {
    check_soon_(request.instance().instance_id());
  }
  v1::RegisterResponse response;
  response.set_lease_ms(
      static_cast<uint32_t>(absl::ToInt64Milliseconds(registry_.options().lease)));
  response.set_heartbeat_ms(
      static_cast<uint32_t>(absl::ToInt64Milliseconds(registry_.options().heartbeat)));
  response.set_descriptors_needed(needed);
  return response;
}

StreamEvents<v1::RenewRequest> RegistryHandlers::Renew(
    const CallContext&, std::shared_ptr<StreamWriter<v1::RenewResponse>> writer) {
  auto instance_id = std::make_shared<std::string>();
  StreamEvents<v1::RenewRequest> events;
  events.on_message = [this, writer, instance_id](const v1::RenewRequest& beat) {
    *instance_id = beat.instance_id();
    absl::Status status = registry_.Renew(beat.instance_id(), absl::Now());
    if (!status.ok()) {
      writer->Finish(std::move(status));
      return;
    }
    v1::RenewResponse answer;
    answer.set_revision(registry_.revision());
    writer->Send(std::move(answer));
  };
  events.on_closed = [this, instance_id] {
    // A process that stops properly has withdrawn before its stream ends; this one may be dead.
    if (!instance_id->empty()) {
      registry_.OnStreamBroken(*instance_id, absl::Now());
      check_soon_(*instance_id);
    }
  };
  return events;
}

absl::StatusOr<v1::DeregisterResponse> RegistryHandlers::Deregister(
    const CallContext&, const v1::DeregisterRequest& request) {
  registry_.Deregister(request.instance_id());
  return v1::DeregisterResponse();
}

absl::StatusOr<v1::DrainResponse> RegistryHandlers::Drain(const CallContext&,
                                                          const v1::DrainRequest& request) {
  RETURN_IF_ERROR(registry_.Drain(request.instance_id()));
  return v1::DrainResponse();
}

absl::StatusOr<v1::ListResponse> RegistryHandlers::List(const CallContext&,
                                                        const v1::ListRequest& request) {
  v1::ListResponse response;
  uint64_t revision = 0;
  for (v1::Instance& instance : registry_.List(request.service(), &revision)) {
    *response.add_instances() = std::move(instance);
  }
  response.set_revision(revision);
  return response;
}

StreamEvents<v1::WatchRequest> RegistryHandlers::Watch(
    const CallContext&, const v1::WatchRequest& request,
    std::shared_ptr<StreamWriter<v1::WatchResponse>> writer) {
  const std::vector<std::string> services(request.services().begin(), request.services().end());
  const int subscription = registry_.Subscribe(
      [writer, services, epoch = epoch_](const Registry::Instances& instances, uint64_t revision) {
        v1::WatchResponse update;
        for (const v1::Instance& instance : instances) {
          if (services.empty() ||
              std::ranges::find(services, instance.service()) != services.end()) {
            *update.add_instances() = instance;
          }
        }
        update.set_revision(revision);
        update.set_epoch(epoch);
        writer->Send(std::move(update));
      });
  StreamEvents<v1::WatchRequest> events;
  events.on_closed = [this, subscription] { registry_.Unsubscribe(subscription); };
  return events;
}

absl::StatusOr<v1::GetDescriptorsResponse> RegistryHandlers::GetDescriptors(
    const CallContext&, const v1::GetDescriptorsRequest& request) {
  v1::GetDescriptorsResponse response;
  ASSIGN_OR_RETURN(*response.mutable_descriptors(), registry_.Descriptors(request.hash()));
  return response;
}

std::unique_ptr<runtime::rpc::Service> MakeRegistryService(RegistryHandlers& handlers) {
  auto service = std::make_unique<runtime::rpc::Service>("jobmesh.discovery.v1.Registry");
  service->Unary("Register", &handlers, &RegistryHandlers::Register)
      .BidiStream("Renew", &handlers, &RegistryHandlers::Renew)
      .Unary("Deregister", &handlers, &RegistryHandlers::Deregister)
      .Unary("Drain", &handlers, &RegistryHandlers::Drain)
      .Unary("List", &handlers, &RegistryHandlers::List)
      .ServerStream("Watch", &handlers, &RegistryHandlers::Watch)
      .Unary("GetDescriptors", &handlers, &RegistryHandlers::GetDescriptors);
  return service;
}

}  // namespace jobmesh::discovery
