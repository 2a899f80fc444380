#include "scraper-service/task_parts.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "httplib.h"

#include "runtime/strings.h"
#include "scraper-service/executors/recompute_insights.h"
#include "scraper-service/executors/scrape.h"
#include "scraper-service/site_data/site_scheduler_service.h"
#include "scraper-service/tasks/planner_settings.h"
#include "scraper-service/tasks/queue_keeper.h"
#include "scraper-service/tasks/scheduler.h"

namespace jobmesh::scraper {
namespace {

namespace postgres = runtime::postgres;

constexpr int kDeadLettersShown = 50;

std::string DescribeQueues(tasks::QueueRepository& queues) {
  absl::StatusOr<std::vector<tasks::QueueCounts>> counts = queues.Counts();
  if (!counts.ok()) {
    return absl::StrCat(counts.status().message(), "\n");
  }
  std::string text;
  for (const tasks::QueueCounts& queue : *counts) {
    absl::StrAppend(&text, queue.queue, "  ready ", queue.ready, "  delayed ", queue.delayed,
                    "  blocked ", queue.blocked, "  running ", queue.running, "  dead ", queue.dead,
                    "  oldest ", absl::ToInt64Seconds(queue.oldest), " s\n");
  }
  return text;
}

std::string DescribeWorkers(tasks::QueueRepository& queues) {
  absl::StatusOr<std::vector<tasks::WorkerState>> workers = queues.Workers();
  if (!workers.ok()) {
    return absl::StrCat(workers.status().message(), "\n");
  }
  std::string text;
  for (const tasks::WorkerState& worker : *workers) {
    absl::StrAppend(&text, worker.worker_id, worker.alive ? "  alive" : "  dead", "  runs ",
                    worker.running, "  ", absl::StrJoin(worker.queues, ","), "\n");
  }
  return text;
}

std::string DescribeDeadLetters(tasks::QueueRepository& queues) {
  absl::StatusOr<std::vector<tasks::Task>> dead = queues.DeadLetters("", "", kDeadLettersShown);
  if (!dead.ok()) {
    return absl::StrCat(dead.status().message(), "\n");
  }
  std::string text;
  for (const tasks::Task& task : *dead) {
    absl::StrAppend(&text, task.id, "  ", task.queue, "  ", task.operation, "  attempts ",
                    task.attempt, "  rescues ", task.rescues, "  ", task.error, "\n");
  }
  return text;
}

}  // namespace

TaskParts& AddTaskParts(runtime::Process& process, const ScraperConfig& config,
                        SourceRepository& sources, std::function<void()> wake_crawlers) {
  int slots = 0;
  for (const auto& [queue, number] : config.task_slots) {
    slots += number;
  }
  auto& metrics = process.Keep<tasks::TaskMetrics>(*process.metrics());
  auto& pool = process.Add<postgres::Pool>(
      postgres::PoolOptions{.url = config.database_url,
                            .name = "tasks",
                            .application_name = process.instance_id(),
                            .max_connections = 4 + (config.works ? std::min(slots, 8) : 2),
                            .settings = tasks::PlannerSettings()},
      *process.metrics());
  auto& doorbell = process.Add<tasks::Doorbell>(pool);
  auto& task_repository = process.Keep<tasks::TaskRepository>(pool, doorbell);
  auto& leases = process.Keep<tasks::LeaseRepository>(pool);
  auto& queues = process.Keep<tasks::QueueRepository>(pool);
  process.Add<tasks::QueueKeeper>(queues, doorbell, metrics, tasks::kLease);
  auto& schedules = process.Keep<tasks::ScheduleRepository>(pool);
  if (config.schedules) {
    process.Add<tasks::Scheduler>(
        schedules, doorbell,
        tasks::SchedulerOptions{.holder = process.instance_id(),
                                .retention = config.task_retention,
                                .standing = {RecomputeInsightsNightly(), site_data::HourlyFetch()}},
        *process.metrics());
  }
  auto& watcher = process.Add<tasks::TaskWatcher>(task_repository);
  auto& handlers =
      process.Keep<tasks::TaskHandlers>(tasks::TaskServiceParts{.pool = pool,
                                                                .tasks = task_repository,
                                                                .leases = leases,
                                                                .queues = queues,
                                                                .watcher = watcher,
                                                                .doorbell = doorbell});
  tasks::Worker* worker = nullptr;
  if (config.works) {
    worker = &process.Add<tasks::Worker>(
        leases, doorbell, metrics,
        tasks::WorkerOptions{.worker_id = process.instance_id(), .slots = config.task_slots});
    worker->Register("scrape", MakeScrapeHandler(sources, std::move(wake_crawlers)));
  }
  return process.Keep<TaskParts>(TaskParts{.pool = pool,
                                           .doorbell = doorbell,
                                           .repository = task_repository,
                                           .leases = leases,
                                           .queues = queues,
                                           .schedules = schedules,
                                           .handlers = handlers,
                                           .worker = worker});
}

void AddTaskPages(runtime::http::AdminServer& admin, TaskParts& parts) {
  admin.routes().Get("/tasksz", [&parts](const httplib::Request&, httplib::Response& response) {
    std::string text = absl::StrCat("queues\n", DescribeQueues(parts.queues), "\nworkers\n",
                                    DescribeWorkers(parts.queues));
    if (parts.worker != nullptr) {
      absl::StrAppend(&text, "\nruns of this process\n", parts.worker->Describe());
    }
    absl::StrAppend(&text, "\ndead letters\n", DescribeDeadLetters(parts.queues));
    response.set_content(text, "text/plain");
  });
}

}  // namespace jobmesh::scraper
