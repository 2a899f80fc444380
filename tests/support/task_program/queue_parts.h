#pragma once

#include <map>
#include <string>

#include "prometheus/registry.h"

#include "runtime/postgres/listener.h"
#include "runtime/postgres/pool.h"
#include "scraper-service/tasks/doorbell.h"
#include "scraper-service/tasks/lease_repository.h"
#include "scraper-service/tasks/planner_settings.h"
#include "scraper-service/tasks/queue_keeper.h"
#include "scraper-service/tasks/queue_repository.h"
#include "scraper-service/tasks/schedule_repository.h"
#include "scraper-service/tasks/task_metrics.h"
#include "scraper-service/tasks/task_repository.h"

namespace jobmesh::tests {

namespace tasks = scraper::tasks;

// The queue as a process of the scraper-service has it, without everything else.
struct QueueParts {
  // `listen_url` may lead through a proxy that the test interrupts.
  QueueParts(const std::string& url, const std::string& listen_url, int connections)
      : pool({.url = url,
              .name = "tasks",
              .application_name = "task-program",
              .max_connections = connections,
              .settings = tasks::PlannerSettings()},
             registry),
        doorbell(pool),
        metrics(registry),
        repository(pool, doorbell),
        leases(pool),
        queues(pool),
        schedules(pool),
        keeper(queues, doorbell, metrics, tasks::kLease),
        listener(
            {.url = listen_url, .application_name = "task-listener", .keepalive = absl::Seconds(5)},
            {{tasks::kReadyChannel, [this](const std::string& queue) { doorbell.HearRing(queue); }},
             {tasks::kStopChannel, [this](const std::string&) { doorbell.HearStop(); }}}) {}

  prometheus::Registry registry;
  runtime::postgres::Pool pool;
  tasks::Doorbell doorbell;
  tasks::TaskMetrics metrics;
  tasks::TaskRepository repository;
  tasks::LeaseRepository leases;
  tasks::QueueRepository queues;
  tasks::ScheduleRepository schedules;
  tasks::QueueKeeper keeper;
  runtime::postgres::Listener listener;
};

}  // namespace jobmesh::tests
