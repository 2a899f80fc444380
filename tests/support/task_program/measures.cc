#include "tests/support/task_program/measures.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"

#include "runtime/status_macros.h"
#include "scraper-service/tasks/worker.h"

namespace jobmesh::tests {
namespace {

using tasks::Outcome;
using tasks::TaskRun;
using tasks::TaskSpec;
using tasks::Worker;

constexpr char kQueue[] = "bench";
// Until the queue has nothing to write about the task before.
constexpr absl::Duration kIdle = absl::Milliseconds(20);

TaskSpec EmptyTask() {
  TaskSpec spec;
  spec.operation = "empty";
  spec.queue = kQueue;
  spec.payload = R"({"id":1})";
  return spec;
}

absl::StatusOr<int64_t> Unfinished(QueueParts& parts) {
  ASSIGN_OR_RETURN(pqxx::result rows,
                   parts.pool.ExecuteText("SELECT (SELECT count(*) FROM task_ready) + "
                                          "(SELECT count(*) FROM task_lease)"));
  return rows[0][0].as<int64_t>();
}

}  // namespace

absl::Status MeasureEnqueue(QueueParts& parts, int count, int batch) {
  const std::vector<TaskSpec> specs(batch, EmptyTask());
  const absl::Time start = absl::Now();
  for (int done = 0; done < count; done += batch) {
    const auto size = static_cast<size_t>(std::min(batch, count - done));
    RETURN_IF_ERROR(parts.repository.Enqueue(std::span(specs).first(size)).status());
  }
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  std::printf("{\"tasks\": %d, \"seconds\": %.4f}\n", count, seconds);
  return absl::OkStatus();
}

absl::Status MeasureRun(QueueParts& parts, int count, int slots, int prefetch, int batch) {
  Worker worker(parts.leases, parts.doorbell, parts.metrics,
                {.worker_id = "bench",
                 .slots = {{kQueue, slots}},
                 .prefetch = prefetch,
                 .completion_batch = batch});
  std::atomic<int> ran{0};
  worker.Register("empty", [&](TaskRun&) {
    ++ran;
    return Outcome::Complete();
  });
  const absl::Time start = absl::Now();
  RETURN_IF_ERROR(worker.Start());
  while (ran < count) {
    absl::SleepFor(absl::Milliseconds(5));
  }
  ASSIGN_OR_RETURN(int64_t left, Unfinished(parts));
  while (left > 0) {
    absl::SleepFor(absl::Milliseconds(5));
    ASSIGN_OR_RETURN(left, Unfinished(parts));
  }
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  worker.Stop();
  std::printf("{\"tasks\": %d, \"seconds\": %.4f}\n", count, seconds);
  return absl::OkStatus();
}

absl::Status MeasureLatency(QueueParts& parts, int count) {
  Worker worker(parts.leases, parts.doorbell, parts.metrics,
                {.worker_id = "bench", .slots = {{kQueue, 1}}});
  absl::Mutex mutex;
  int started = 0;
  absl::Time start_time;
  worker.Register("empty", [&](TaskRun&) {
    const absl::Time now = absl::Now();
    absl::MutexLock lock(&mutex);
    start_time = now;
    ++started;
    return Outcome::Complete();
  });
  RETURN_IF_ERROR(parts.doorbell.Start());
  RETURN_IF_ERROR(worker.Start());
  const TaskSpec spec = EmptyTask();
  std::vector<double> milliseconds;
  for (int i = 0; i < count; ++i) {
    absl::SleepFor(kIdle);
    const absl::Time before = absl::Now();
    RETURN_IF_ERROR(parts.repository.Enqueue(spec).status());
    absl::MutexLock lock(&mutex);
    auto arrived = [&] { return started == i + 1; };
    if (!mutex.AwaitWithTimeout(absl::Condition(&arrived), absl::Seconds(30))) {
      return absl::DeadlineExceededError("a task did not start");
    }
    milliseconds.push_back(absl::ToDoubleMilliseconds(start_time - before));
  }
  worker.Stop();
  std::sort(milliseconds.begin(), milliseconds.end());
  const auto at = [&](double share) {
    return milliseconds[static_cast<size_t>(share * static_cast<double>(count - 1))];
  };
  std::printf("{\"tasks\": %d, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f}\n", count,
              at(0.5), at(0.99), milliseconds.back());
  return absl::OkStatus();
}

}  // namespace jobmesh::tests
