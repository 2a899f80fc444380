#include "gateway/openapi/api_pages.h"
#include "gateway/session/front_door.h"
#include "gateway/session/gateway.h"
#include "gateway/session/health_route.h"
#include "gateway/session/live_catalog.h"
#include "gateway/session/own_routes.h"
#include "gateway/session/traffic.h"
#include "runtime/lifecycle/process.h"
#include "runtime/mesh_process.h"
#include "runtime/status_macros.h"

namespace {

using namespace jobmesh;  // NOLINT(google-build-using-namespace): this file only lists parts
using gateway::session::FrontDoor;
using gateway::session::Gateway;
using gateway::session::LiveCatalog;
using gateway::session::OwnRoutes;

absl::Status Build(runtime::Process& process, runtime::config::ConfigReader& reader) {
  runtime::MeshConfig config;
  config.admin = runtime::http::AdminConfig::Load(reader, 9100);
  config.discovery = runtime::discovery::DiscoveryConfig::Load(reader);
  config.mesh_token =
      reader.Secret("JOBMESH_MESH_TOKEN", "secret that the processes of one mesh share");
  gateway::http::ServerOptions http = gateway::session::LoadServerOptions(reader);
  const gateway::routes::PathOptions paths = gateway::session::LoadPathOptions(reader);
  const std::vector<std::string> origins =
      reader.List("JOBMESH_CORS_ORIGINS", "", "comma list of origins whose pages may call the API");
  const std::string balancer =
      reader.OneOf("JOBMESH_LOAD_BALANCER", "least_request", {"round_robin", "least_request"},
                   "how instances are chosen: round_robin or least_request");
  gateway::session::TrafficOptions traffic = gateway::session::LoadTrafficOptions(reader);
  RETURN_IF_ERROR(reader.Finish());

  runtime::MeshParts mesh(process, config, reader.settings());
  auto& catalog = process.Add<LiveCatalog>(mesh.directory(), *process.metrics(), paths);
  auto& own_routes = process.Keep<OwnRoutes>();
  const gateway::session::CurrentCatalog current = [&catalog] { return catalog.Get(); };
  gateway::session::AddIndexAndStatus(
      current, [&process] { return process.draining(); }, own_routes);
  gateway::openapi::AddApiPages(current, own_routes);
  gateway::session::AddHealth([&process] { return process.draining(); },
                              gateway::session::HealthIn(mesh.directory()), own_routes);
  auto& gateway = process.Keep<Gateway>(Gateway::Parts{.catalog = current,
                                                       .own_routes = own_routes,
                                                       .endpoints = mesh.directory(),
                                                       .verifier = mesh.verifier(),
                                                       .mesh_token = mesh.mesh_token(),
                                                       .metrics = process.metrics(),
                                                       .cors_origins = origins,
                                                       .load_balancer = balancer,
                                                       .traffic = std::move(traffic)});
  auto& front = process.Add<FrontDoor>(std::move(http), gateway);
  mesh.admin().AddStatus("routes", [&catalog] { return catalog.Describe(); });
  mesh.admin().AddStatus("instances", [&gateway] { return gateway.DescribeClients(); });
  mesh.admin().AddStatus("cache", [&gateway] { return gateway.traffic().Describe(); });
  process.Announce("http_port", [&front] { return front.port(); });
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  return runtime::Main(
      argc, argv,
      {.name = "gateway",
       .summary = "offers the mesh as REST and WebSocket, by the routes its services announce",
       .build = Build,
       .commands = {}});
}
