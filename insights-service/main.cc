#include "insights_descriptors.h"

#include "insights-service/commands.h"
#include "insights-service/insights_config.h"
#include "insights-service/insights_parts.h"
#include "runtime/lifecycle/process.h"
#include "runtime/mesh_process.h"
#include "runtime/status_macros.h"

namespace {

using namespace jobmesh;  // NOLINT(google-build-using-namespace): this file only lists parts

absl::Status Build(runtime::Process& process, runtime::config::ConfigReader& reader) {
  const insights::InsightsConfig config = insights::InsightsConfig::Load(reader);
  RETURN_IF_ERROR(reader.Finish());
  runtime::MeshParts mesh(process, config.mesh, reader.settings());
  insights::AddInsightsParts(process, mesh, config);
  mesh.AddRegistrar(insights::InsightsDescriptors());
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  return runtime::Main(
      argc, argv,
      {.name = "insights-service",
       .summary = "What the open jobs say about skills, pay and experience.",
       .build = Build,
       .commands = {
           {"migrate", "   bring the database up to date", insights::RunMigrate},
           {"rebuild", "   empty the warehouse; it is loaded again", insights::RunRebuild}}});
}
