#include "scraper-service/tasks/task_metrics.h"

namespace jobmesh::scraper::tasks {
namespace {

const prometheus::Histogram::BucketBoundaries& RunBuckets() {
  static const prometheus::Histogram::BucketBoundaries buckets = {0.005, 0.05, 0.5, 1,   5,
                                                                  15,    60,   300, 900, 3600};
  return buckets;
}

}  // namespace

TaskMetrics::TaskMetrics(prometheus::Registry& registry)
    : claimed_(prometheus::BuildCounter()
                   .Name("jobmesh_tasks_claimed_total")
                   .Help("Tasks that this process took from the queue.")
                   .Register(registry)),
      ended_(prometheus::BuildCounter()
                 .Name("jobmesh_task_runs_ended_total")
                 .Help("Runs of this process by how they ended.")
                 .Register(registry)),
      rescued_(prometheus::BuildCounter()
                   .Name("jobmesh_tasks_rescued_total")
                   .Help("Runs taken from workers whose lease had run out.")
                   .Register(registry)
                   .Add({})),
      seconds_(prometheus::BuildHistogram()
                   .Name("jobmesh_task_run_seconds")
                   .Help("Time that runs took, by operation.")
                   .Register(registry)),
      tasks_(prometheus::BuildGauge()
                 .Name("jobmesh_tasks")
                 .Help("Tasks of the whole mesh that wait, run or are dead letters.")
                 .Register(registry)),
      oldest_(prometheus::BuildGauge()
                  .Name("jobmesh_task_oldest_ready_seconds")
                  .Help("Age of the ready task that waits longest.")
                  .Register(registry)) {}

void TaskMetrics::Ran(const std::string& operation, double seconds) {
  seconds_.Add({{"operation", operation}}, RunBuckets()).Observe(seconds);
}

void TaskMetrics::Show(const std::vector<QueueCounts>& counts) {
  for (const QueueCounts& queue : counts) {
    const auto show = [&](const char* state, int64_t number) {
      tasks_.Add({{"queue", queue.queue}, {"state", state}}).Set(static_cast<double>(number));
    };
    show("ready", queue.ready);
    show("delayed", queue.delayed);
    show("blocked", queue.blocked);
    show("running", queue.running);
    show("dead", queue.dead);
    oldest_.Add({{"queue", queue.queue}}).Set(absl::ToDoubleSeconds(queue.oldest));
  }
}

}  // namespace jobmesh::scraper::tasks
