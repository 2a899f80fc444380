#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "runtime/postgres/pool.h"
#include "scraper-service/tasks/task.h"

namespace jobmesh::scraper::tasks {

// A maintenance notice. The newest one holds; while it pauses, no fresh task of any family starts,
// and work that was begun goes on.
struct Maintenance {
  std::string msg;
  bool paused = false;
  absl::Time time;
};

struct QueueCounts {
  std::string queue;
  int64_t ready = 0;
  int64_t delayed = 0;
  int64_t blocked = 0;  // waiting for a place of a limit
  int64_t running = 0;
  int64_t dead = 0;
  absl::Duration oldest;  // age of the ready task that waits longest
};

struct WorkerState {
  std::string worker_id;
  bool alive = false;
  absl::Time start_time;
  std::vector<std::string> queues;
  int64_t running = 0;
};

// The queues as a whole: what keeps them moving, and what operators turn. Thread-safe.
class QueueRepository {
 public:
  explicit QueueRepository(runtime::postgres::Pool& pool) : pool_(pool) {}

  // Makes ready what has become due and what a limit has places for; the queues that have something
  // now. Any number of processes may do this at once.
  absl::StatusOr<std::set<std::string>> Dispatch();
  // Time until the next delayed task is due; InfiniteDuration when there is none.
  absl::StatusOr<absl::Duration> UntilNextDelayed();
  // Takes runs from workers whose lease has run out; how many, and the queues they went back to.
  struct Rescued {
    int64_t count = 0;
    int64_t discarded = 0;
    std::set<std::string> queues;
  };
  absl::StatusOr<Rescued> Rescue(absl::Duration lease);

  // Appends a notice, even if it changes nothing.
  absl::StatusOr<Maintenance> NoteMaintenance(const std::string& msg, bool paused);
  static absl::StatusOr<Maintenance> NoteMaintenanceIn(runtime::postgres::Tx& tx,
                                                       const std::string& msg, bool paused);
  // Newest first; empty before the first notice, which means not paused.
  absl::StatusOr<std::vector<Maintenance>> MaintenanceHistory(int limit);

  // While paused, nothing of the queue starts, begun or not.
  absl::Status SetPaused(const std::string& queue, bool paused);
  // Key `queue:NAME` limits a queue: for tasks enqueued from then on.
  absl::Status SetLimit(const TaskLimit& limit);
  absl::StatusOr<std::vector<QueueCounts>> Counts();
  absl::StatusOr<std::vector<WorkerState>> Workers();
  // Discarded tasks by creation, after an id or "" for all.
  absl::StatusOr<std::vector<Task>> DeadLetters(const std::string& queue, const std::string& after,
                                                int limit);

 private:
  runtime::postgres::Pool& pool_;
};

}  // namespace jobmesh::scraper::tasks
