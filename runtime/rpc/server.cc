#include "runtime/rpc/server.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"

namespace jobmesh::runtime::rpc {
namespace {

constexpr size_t kMaxWaitingCalls = 1000;

// gRPC's two switches are process-wide and must be set before the first server is built.
void EnablePlugins() {
  static const bool done = [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    return true;
  }();
  (void)done;
}

}  // namespace

ServerConfig ServerConfig::Load(config::ConfigReader& reader, int default_port) {
  return {
      .address =
          reader.String("JOBMESH_RPC_ADDRESS", "127.0.0.1", "IP address that gRPC listens on"),
      .port = static_cast<int>(
          reader.Int("JOBMESH_RPC_PORT", default_port, 0, 65535, "port of gRPC; 0 = free port")),
      .worker_threads = static_cast<int>(reader.Int("JOBMESH_RPC_WORKER_THREADS", 16, 1, 1024,
                                                    "threads that run the handlers of rpcs")),
  };
}

Server::Server(ServerConfig config, std::string service,
               std::shared_ptr<prometheus::Registry> metrics, const auth::MeshToken& mesh_token,
               auth::TokenVerifier* verifier)
    : config_(std::move(config)),
      core_(new ServerCore{.domain = std::move(service) + ".jobmesh",
                           .metrics = std::move(metrics),
                           .mesh_token = mesh_token,
                           .verifier = verifier,
                           .workers = nullptr,
                           .streams = {}}) {
  EnablePlugins();
}

Server::~Server() { Stop(); }

void Server::AddService(std::unique_ptr<Service> service) {
  service->Bind(*core_);
  services_.push_back(std::move(service));
}

std::vector<std::string> Server::ServiceNames() const {
  std::vector<std::string> names;
  for (const auto& service : services_) {
    names.push_back(service->descriptor().full_name());
  }
  return names;
}

absl::Status Server::Start() {
  core_->workers =
      std::make_unique<lifecycle::WorkerPool>(config_.worker_threads, kMaxWaitingCalls);
  grpc::ServerBuilder builder;
  builder.AddListeningPort(absl::StrCat(config_.address, ":", config_.port),
                           grpc::InsecureServerCredentials(), &bound_port_);
  builder.SetMaxReceiveMessageSize(config_.max_message_bytes);
  builder.SetMaxSendMessageSize(config_.max_message_bytes);
  // Two processes on one port would share its calls at random: refuse instead.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // Clients of the mesh ping idle connections every 10 s to notice a peer that vanished.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  for (const auto& service : services_) {
    builder.RegisterService(service.get());
  }
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || bound_port_ == 0) {
    server_ = nullptr;
    return absl::UnavailableError(absl::StrCat("cannot listen on ", config_.address, ":",
                                               config_.port, "; is the port taken?"));
  }
  SetServing(true);
  return absl::OkStatus();
}

void Server::SetServing(bool serving) {
  grpc::HealthCheckServiceInterface* health = server_->GetHealthCheckService();
  health->SetServingStatus(serving);
  for (const std::string& name : ServiceNames()) {
    health->SetServingStatus(name, serving);
  }
}

void Server::BeginDrain() {
  if (server_ != nullptr) {
    SetServing(false);
  }
}

void Server::Drain(absl::Time deadline) {
  if (server_ != nullptr) {
    // A stream has no natural end: its client is told to go on elsewhere.
    core_->streams.EndAll(absl::UnavailableError("the server is going away; reconnect"));
    server_->Shutdown(absl::ToChronoTime(deadline));
  }
}

void Server::Stop() {
  if (server_ != nullptr) {
    server_->Shutdown(absl::ToChronoTime(absl::Now()));
    server_->Wait();
    core_->workers = nullptr;  // runs what calls have left behind
    server_ = nullptr;
  }
}

}  // namespace jobmesh::runtime::rpc
