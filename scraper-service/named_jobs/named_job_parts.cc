#include "scraper-service/named_jobs/named_job_parts.h"

#include "scraper-service/access/caller_check.h"
#include "scraper-service/named_jobs/executor.h"
#include "scraper-service/named_jobs/job_rules.h"
#include "scraper-service/named_jobs/named_job_repository.h"
#include "scraper-service/named_jobs/named_job_service.h"

namespace jobmesh::scraper::named_jobs {

void AddNamedJobParts(runtime::Process& process, runtime::MeshParts& mesh, bool needs_token,
                      TaskParts& tasks) {
  auto& jobs = process.Keep<NamedJobRepository>(tasks.pool, tasks.repository);
  if (tasks.worker != nullptr) {
    tasks.worker->Register(kOperation, RunNamedJob);
  }
  mesh.server().AddService(MakeNamedJobService(process.Keep<NamedJobHandlers>(
      jobs, tasks.repository, CallerCheck(mesh.verifier(), needs_token))));
}

}  // namespace jobmesh::scraper::named_jobs
