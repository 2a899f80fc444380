#include "runtime/mesh_process.h"

#include "jobmesh/identity/v1/keys.pb.h"
#include "runtime/discovery/registrar.h"
#include "runtime/http/own_address.h"
#include "runtime/status_macros.h"
#include "runtime/version.h"

namespace jobmesh::runtime {
namespace {

// Keys of tokens, asked of whichever instance serves KeyService.
class MeshKeySource : public auth::KeySource {
 public:
  explicit MeshKeySource(rpc::Client& client) : client_(client) {}

  absl::StatusOr<auth::KeySet> FetchKeys() override {
    ASSIGN_OR_RETURN(auto response, client_.Call<identity::v1::ListKeysResponse>(
                                        "jobmesh.identity.v1.KeyService/ListKeys",
                                        identity::v1::ListKeysRequest(), {.idempotent = true}));
    std::vector<auth::Jwk> keys;
    for (const identity::v1::Key& key : response.keys()) {
      keys.push_back({.kid = key.kid(), .n = key.n(), .e = key.e()});
    }
    return auth::KeySet::FromJwks(keys);
  }

  absl::StatusOr<std::vector<std::string>> FetchRevokedFamilies() override {
    ASSIGN_OR_RETURN(auto response, client_.Call<identity::v1::ListRevocationsResponse>(
                                        "jobmesh.identity.v1.KeyService/ListRevocations",
                                        identity::v1::ListRevocationsRequest(),
                                        {.idempotent = true, .as_mesh = true}));
    return std::vector<std::string>(response.families().begin(), response.families().end());
  }

 private:
  rpc::Client& client_;
};

}  // namespace

MeshConfig MeshConfig::Load(config::ConfigReader& reader, int default_rpc_port,
                            int default_admin_port) {
  return {.rpc = rpc::ServerConfig::Load(reader, default_rpc_port),
          .admin = http::AdminConfig::Load(reader, default_admin_port),
          .discovery = discovery::DiscoveryConfig::Load(reader),
          .mesh_token =
              reader.Secret("JOBMESH_MESH_TOKEN", "secret that the processes of one mesh share")};
}

MeshParts::MeshParts(Process& process, const MeshConfig& config,
                     std::vector<config::Setting> settings,
                     std::unique_ptr<auth::KeySource> own_keys)
    : process_(process), config_(config) {
  admin_ = &process.Add<http::AdminServer>(config.admin, process, std::move(settings));
  process.Announce("admin_port", [admin = admin_] { return admin->port(); });
  mesh_token_ = &process.Keep<auth::MeshToken>(config.mesh_token);
  directory_ =
      &process.Add<discovery::Directory>(config.discovery, *mesh_token_, process.metrics());
  if (own_keys == nullptr) {
    own_keys = std::make_unique<MeshKeySource>(AddClient("user-service"));
  }
  verifier_ = &process.Add<auth::TokenVerifier>(std::move(own_keys));
}

rpc::Client& MeshParts::AddClient(const std::string& service) {
  rpc::Client& client =
      process_.Keep<rpc::Client>(service, *directory_, *mesh_token_, process_.metrics());
  admin_->AddStatus("calls to " + service, [&client] { return client.DescribeInstances(); });
  return client;
}

rpc::Server& MeshParts::AddServer() {
  server_ = &process_.Add<rpc::Server>(config_.rpc, process_.name(), process_.metrics(),
                                       *mesh_token_, verifier_);
  process_.Announce("rpc_port", [server = server_] { return server->port(); });
  return *server_;
}

void MeshParts::AddRegistrar(std::string_view descriptors) {
  auto instance = [&process = process_, server = server_, admin = admin_] {
    jobmesh::discovery::v1::Instance instance;
    instance.set_service(process.name());
    instance.set_instance_id(process.instance_id());
    // What others dial must be an address, not "any".
    const std::string& address = server->config().address;
    instance.set_address(address == "0.0.0.0" ? http::OwnAddress() : address);
    instance.set_port(static_cast<uint32_t>(server->port()));
    instance.set_admin_port(static_cast<uint32_t>(admin->port()));
    instance.set_version(kVersion);
    for (const std::string& service : server->ServiceNames()) {
      instance.add_grpc_services(service);
    }
    return instance;
  };
  process_.Add<discovery::Registrar>(config_.discovery, *mesh_token_, std::move(instance),
                                     std::string(descriptors));
}

}  // namespace jobmesh::runtime
