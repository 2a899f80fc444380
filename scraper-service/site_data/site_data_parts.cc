#include "scraper-service/site_data/site_data_parts.h"

#include "scraper-service/access/caller_check.h"
#include "scraper-service/site_data/executors.h"
#include "scraper-service/site_data/item_store.h"
#include "scraper-service/site_data/monitoring_service.h"
#include "scraper-service/site_data/site_data_service.h"
#include "scraper-service/site_data/site_job_repository.h"
#include "scraper-service/site_data/site_scheduler_service.h"

namespace jobmesh::scraper::site_data {

void AddSiteDataParts(runtime::Process& process, runtime::MeshParts& mesh,
                      const SiteDataNeeds& needs) {
  TaskParts& tasks = needs.tasks;
  auto& jobs = process.Keep<SiteJobRepository>(tasks.pool, tasks.repository);
  auto& store = process.Keep<ItemStore>(needs.pool);
  auto& pages = process.Keep<ItemPages>(store, needs.cache);
  if (tasks.worker != nullptr) {
    const ExecutorParts parts{.sites = needs.sites,
                              .client = needs.client,
                              .postings = needs.postings,
                              .vocabulary = needs.vocabulary,
                              .on_postings = needs.on_postings,
                              .retention = needs.retention};
    tasks.worker->Register(kFetch, MakeFetchExecutor(parts));
    tasks.worker->Register(kFetchAll, MakeFetchAllExecutor(parts));
  }
  const CallerCheck callers(mesh.verifier(), needs.needs_token);
  mesh.server().AddService(
      MakeSiteDataService(process.Keep<SiteDataHandlers>(needs.sites, jobs, pages, callers)));
  mesh.server().AddService(MakeSiteSchedulerService(
      process.Keep<SiteSchedulerHandlers>(needs.sites, tasks.schedules, callers)));
  mesh.server().AddService(MakeMonitoringService(
      process.Keep<MonitoringHandlers>(MonitoredParts{.pool = needs.pool,
                                                      .tasks = tasks.repository,
                                                      .queues = tasks.queues,
                                                      .pages = pages,
                                                      .instance = process.instance_id()},
                                       callers)));
}

}  // namespace jobmesh::scraper::site_data
