#include "absl/strings/str_cat.h"

#include "discovery/health/health_checker.h"
#include "discovery/registry/registry.h"
#include "discovery/registry/registry_service.h"
#include "discovery/rest/service_list.h"
#include "runtime/http/admin_server.h"
#include "runtime/lifecycle/process.h"
#include "runtime/rpc/server.h"
#include "runtime/status_macros.h"

namespace jobmesh::discovery {
namespace {

using runtime::Process;
using runtime::config::ConfigReader;

std::string DescribeInstances(const Registry& registry) {
  std::string text;
  for (const v1::Instance& instance : registry.List("")) {
    absl::StrAppend(&text, instance.service(), "  ", instance.address(), ":", instance.port(), "  ",
                    v1::Health_Name(instance.health()), "  ", instance.instance_id(), "\n");
  }
  return text;
}

absl::Status Build(Process& process, ConfigReader& reader) {
  const auto rpc = runtime::rpc::ServerConfig::Load(reader, 50050);
  const auto admin_config = runtime::http::AdminConfig::Load(reader, 9101);
  const std::string secret =
      reader.Secret("JOBMESH_MESH_TOKEN", "secret that the processes of one mesh share");
  const int http_port =
      static_cast<int>(reader.Int("JOBMESH_DISCOVERY_HTTP_PORT", 3000, 0, 65535,
                                  "port of /add-service, /get-service, /status; 0 = free port"));
  const std::string http_address =
      reader.String("JOBMESH_DISCOVERY_ADDRESS", "127.0.0.1", "address of that port");
  RETURN_IF_ERROR(reader.Finish());

  auto& admin = process.Add<runtime::http::AdminServer>(admin_config, process, reader.settings());
  auto& mesh_token = process.Keep<runtime::auth::MeshToken>(secret);
  auto& registry = process.Keep<Registry>(RegistryOptions{});
  auto& checker = process.Add<HealthChecker>(registry, HealthCheckerOptions{});
  auto& handlers = process.Keep<RegistryHandlers>(
      registry, [&checker](const std::string& id) { checker.CheckSoon(id); });
  auto& server = process.Add<runtime::rpc::Server>(rpc, process.name(), process.metrics(),
                                                   mesh_token, nullptr);
  server.AddService(MakeRegistryService(handlers));
  auto& services = process.Keep<ServiceList>(registry);
  auto& http = process.Add<runtime::http::HttpServer>("http-server", http_address, http_port);
  services.AddRoutes(http.routes());

  admin.AddStatus("instances", [&registry] { return DescribeInstances(registry); });
  process.Announce("rpc_port", [&server] { return server.port(); });
  process.Announce("admin_port", [&admin] { return admin.port(); });
  process.Announce("http_port", [&http] { return http.port(); });
  return absl::OkStatus();
}

}  // namespace
}  // namespace jobmesh::discovery

int main(int argc, char** argv) {
  return jobmesh::runtime::Main(
      argc, argv,
      {.name = "discovery",
       .summary = "knows which instance of which service is alive and how healthy it is",
       .build = jobmesh::discovery::Build,
       .commands = {}});
}
