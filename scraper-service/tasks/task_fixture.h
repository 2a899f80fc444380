#pragma once

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "prometheus/registry.h"
#include "scraper_migrations.h"

#include "runtime/postgres/pool.h"
#include "runtime/testing/postgres_fixture.h"
#include "scraper-service/tasks/doorbell.h"
#include "scraper-service/tasks/lease_repository.h"
#include "scraper-service/tasks/planner_settings.h"
#include "scraper-service/tasks/queue_repository.h"
#include "scraper-service/tasks/task_metrics.h"
#include "scraper-service/tasks/task_repository.h"

namespace jobmesh::scraper::tasks {

// A queue in a database of its own, for tests.
struct TestQueue {
  TestQueue()
      : database(kMigrations),
        pool({.url = database.url(),
              .max_connections = 16,
              .lock_timeout = absl::Seconds(10),
              .settings = PlannerSettings()},
             registry),
        doorbell(pool),
        metrics(registry),
        tasks(pool, doorbell),
        leases(pool),
        queues(pool) {}

  // Runs SQL and gives its first field.
  std::string Value(const std::string& sql) {
    auto rows = pool.ExecuteText(sql);
    EXPECT_TRUE(rows.ok()) << rows.status();
    return rows.ok() && !rows->empty() ? (*rows)[0][0].c_str() : "";
  }
  Enqueued Enqueue(const TaskSpec& spec) {
    auto enqueued = tasks.Enqueue(spec);
    EXPECT_TRUE(enqueued.ok()) << enqueued.status();
    return enqueued.value_or(Enqueued());
  }
  Task Get(const std::string& id) {
    auto task = tasks.Get(id);
    EXPECT_TRUE(task.ok()) << task.status();
    return task.value_or(Task());
  }
  // Takes all that is ready, as a worker with a living lease.
  std::vector<Task> Claim(const std::string& queue = "default", int limit = 100,
                          const std::string& worker = "w1") {
    EXPECT_TRUE(leases.Heartbeat(worker, {queue}).ok());
    EXPECT_TRUE(queues.Dispatch().ok());
    auto claimed = leases.Claim(worker, queue, limit);
    EXPECT_TRUE(claimed.ok()) << claimed.status();
    return claimed.value_or(std::vector<Task>());
  }
  // The worker has not been heard of for longer than its lease.
  void LetDie(const std::string& worker) {
    Value(
        absl::StrCat("UPDATE task_worker SET lease_end_time = now() - interval '1 second' "
                     "WHERE worker_id = '",
                     worker, "'"));
  }

  prometheus::Registry registry;
  runtime::testing::TestDatabase database;
  runtime::postgres::Pool pool;
  Doorbell doorbell;
  TaskMetrics metrics;
  TaskRepository tasks;
  LeaseRepository leases;
  QueueRepository queues;
};

inline Lease LeaseOf(const Task& task) { return {task.id, task.lease_token}; }

}  // namespace jobmesh::scraper::tasks
