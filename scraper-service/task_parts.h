#pragma once

#include <functional>

#include "runtime/http/admin_server.h"
#include "runtime/lifecycle/process.h"
#include "scraper-service/crawl/source_repository.h"
#include "scraper-service/scraper_config.h"
#include "scraper-service/tasks/doorbell.h"
#include "scraper-service/tasks/lease_repository.h"
#include "scraper-service/tasks/queue_repository.h"
#include "scraper-service/tasks/schedule_repository.h"
#include "scraper-service/tasks/task_repository.h"
#include "scraper-service/tasks/task_service.h"
#include "scraper-service/tasks/worker.h"

namespace jobmesh::scraper {

// What the queue is made of in this process.
struct TaskParts {
  runtime::postgres::Pool& pool;
  tasks::Doorbell& doorbell;
  tasks::TaskRepository& repository;
  tasks::LeaseRepository& leases;
  tasks::QueueRepository& queues;
  tasks::ScheduleRepository& schedules;
  tasks::TaskHandlers& handlers;
  tasks::Worker* worker;  // null without the role
};

// Adds them to the process, with the handlers of all operations. `wake_crawlers` makes the crawlers
// of all replicas look for work.
TaskParts& AddTaskParts(runtime::Process& process, const ScraperConfig& config,
                        SourceRepository& sources, std::function<void()> wake_crawlers);
// `/tasksz`: queues, workers, runs of this process, dead letters.
void AddTaskPages(runtime::http::AdminServer& admin, TaskParts& parts);

}  // namespace jobmesh::scraper
