#include "scraper-service/imports/import_parts.h"

#include <memory>

#include "scraper-service/datasets/draft_repository.h"
#include "scraper-service/datasets/executors.h"
#include "scraper-service/datasets/input_directory.h"
#include "scraper-service/imports/importable_service.h"
#include "scraper-service/imports/job_repository.h"
#include "scraper-service/imports/job_service.h"
#include "scraper-service/imports/jwks_source.h"
#include "scraper-service/imports/maintenance_service.h"

namespace jobmesh::scraper::imports {
namespace {

// The document's own caching of foreign keys.
constexpr absl::Duration kKeyLife = absl::Seconds(3000);

runtime::auth::TokenVerifier& KeysOf(runtime::Process& process, runtime::MeshParts& mesh,
                                     const ImportConfig& config) {
  if (config.jwks_url.empty()) {
    return mesh.verifier();
  }
  runtime::auth::TokenVerifierOptions options;
  options.key_refresh = kKeyLife;
  options.revocation_refresh = kKeyLife;
  return process.Add<runtime::auth::TokenVerifier>(MakeJwksSource(config.jwks_url), options);
}

}  // namespace

void AddImportParts(runtime::Process& process, runtime::MeshParts& mesh, const ImportConfig& config,
                    const ImportNeeds& needs) {
  TaskParts& tasks = needs.tasks;
  auto& auth = process.Keep<JobAuth>(KeysOf(process, mesh, config), config.auth);
  auto& input = process.Keep<datasets::InputDirectory>(config.input_directory);
  auto& jobs = process.Keep<JobRepository>(tasks.pool, tasks.repository, config.start_delay);
  auto& drafts = process.Keep<datasets::DraftRepository>(needs.pool);
  if (tasks.worker != nullptr) {
    for (auto& [operation, handler] : datasets::MakeExecutors(
             {.drafts = drafts, .input = input, .vocabulary = needs.vocabulary})) {
      tasks.worker->Register(operation, std::move(handler));
    }
  }
  runtime::rpc::Server& server = mesh.server();
  server.AddService(MakeJobService(process.Keep<JobHandlers>(jobs, auth, config.bump_enabled)));
  server.AddService(MakeImportableService(process.Keep<ImportableHandlers>(input, jobs, auth)));
  server.AddService(MakeMaintenanceService(
      process.Keep<MaintenanceHandlers>(tasks.pool, tasks.queues, tasks.repository, auth)));
}

}  // namespace jobmesh::scraper::imports
