#include "user_descriptors.h"

#include "runtime/lifecycle/process.h"
#include "runtime/mesh_process.h"
#include "runtime/status_macros.h"
#include "user-service/accounts/key_store.h"
#include "user-service/commands.h"
#include "user-service/user_config.h"
#include "user-service/user_parts.h"

namespace {

namespace runtime = jobmesh::runtime;
namespace user = jobmesh::user;

absl::Status Build(runtime::Process& process, runtime::config::ConfigReader& reader) {
  const user::UserConfig config = user::UserConfig::Load(reader);
  RETURN_IF_ERROR(reader.Finish());
  const user::Databases databases = user::AddDatabases(process, config);
  runtime::MeshParts mesh(process, config.mesh, reader.settings(),
                          user::MakeOwnKeySource(databases.own));
  user::AddUserParts(process, mesh, databases, config);
  mesh.AddRegistrar(user::UserDescriptors());
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  return runtime::Main(
      argc, argv,
      {.name = "user-service",
       .summary = "Accounts, subscriptions, job search and notifications of JobMesh.",
       .build = Build,
       .commands = {
           {"migrate", "                  bring the database up to date", user::RunMigrate},
           {"token", "ROLE [--user-id N] [--first-name F] [--last-name L]   print tokens as JSON",
            user::RunToken}}});
}
