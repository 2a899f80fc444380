#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "runtime/postgres/pool.h"
#include "scraper-service/tasks/doorbell.h"
#include "scraper-service/tasks/task.h"

namespace jobmesh::scraper::tasks {

// What became of a spec.
struct Enqueued {
  std::string id;       // of the new task, or of the unfinished one that holds its unique key
  bool created = true;  // false: its unique key is taken, nothing was stored
};

// Which tasks a list holds; what is empty filters nothing.
struct TaskFilter {
  std::optional<std::string> family;
  std::vector<TaskState> states;
  std::vector<std::string> operations;
  std::string target;
  std::string owner;
  std::string queue;
  std::string after;          // id: those created later, or earlier where newest come first
  bool newest_first = false;  // otherwise by creation
  int limit = 1000;
};

// How an unfinished task stands, by the word of somebody outside.
struct Steering {
  // kAvailable queues it; kRunning leaves it to whoever said so, and nobody else; a final state
  // ends it.
  TaskState state = TaskState::kAvailable;
  std::string phase;
  std::string queue;  // "" = as it was
  bool fresh = true;  // false: work that was begun, which maintenance does not hold
  std::string error;  // required with kDiscarded
};

// Tasks for those who give work and look at it. Thread-safe. Functions ending in In belong to the
// transaction they are given; after its commit call Ring with the queue. Ids are those of the
// task's family; a malformed one is as unknown as any other.
class TaskRepository {
 public:
  using Tx = runtime::postgres::Tx;

  TaskRepository(runtime::postgres::Pool& pool, Doorbell& doorbell)
      : pool_(pool), doorbell_(doorbell) {}

  // One answer a spec, in order. Where two specs share a unique key the first wins, also against
  // transactions that run at the same time. INVALID_ARGUMENT before anything is written.
  static absl::StatusOr<std::vector<Enqueued>> EnqueueIn(Tx& tx, std::span<const TaskSpec> specs);
  // In a transaction of its own, and rings.
  absl::StatusOr<std::vector<Enqueued>> Enqueue(std::span<const TaskSpec> specs);
  absl::StatusOr<Enqueued> Enqueue(const TaskSpec& spec);
  void Ring(const std::string& queue) { doorbell_.Ring(queue); }

  // NOT_FOUND (TASK_NOT_FOUND).
  absl::StatusOr<Task> Get(std::string_view id);
  static absl::StatusOr<Task> GetIn(Tx& tx, std::string_view id);
  // Those that exist, by id.
  absl::StatusOr<std::map<std::string, Task>> GetAll(const std::vector<std::string>& ids);
  absl::StatusOr<std::vector<Task>> List(const TaskFilter& filter);
  // Lines in order, by task id; tasks without lines are missing.
  absl::StatusOr<std::map<std::string, std::vector<TaskLogLine>>> ReadLogs(
      const std::vector<std::string>& ids);

  // Cancels what waits; asks a run to stop, whose end then decides: `cancel_requested` is set
  // meanwhile. A finished task stays as it is. `reason` becomes the task's error, "" changes none.
  // The task as it then stands, or NOT_FOUND.
  absl::StatusOr<Task> Cancel(std::string_view id, const std::string& reason);
  // As Cancel; after the commit call RingStop.
  static absl::StatusOr<Task> CancelIn(Tx& tx, std::string_view id, const std::string& reason);
  void RingStop() { doorbell_.RingStop(); }

  // Replaces members of the payload by those of `patch`, a JSON object, whatever the state. The
  // task as it then stands, or NOT_FOUND.
  static absl::StatusOr<Task> EditIn(Tx& tx, std::string_view id, const std::string& patch);
  // Takes an unfinished task out of the hands of whoever has it. FAILED_PRECONDITION
  // (TASK_FINISHED), NOT_FOUND.
  static absl::StatusOr<Task> SteerIn(Tx& tx, std::string_view id, const Steering& steering);
  // NOT_FOUND.
  static absl::Status AppendLogIn(Tx& tx, std::string_view id,
                                  const std::vector<std::string>& lines);

  // Puts a discarded or cancelled task back into its queue with all attempts before it.
  // FAILED_PRECONDITION where it is neither, or another unfinished task has its unique key;
  // NOT_FOUND.
  absl::StatusOr<Task> Redrive(std::string_view id);
  // Deletes a task of the family with its log, whatever its state; a run of it is stopped. False
  // when there is none.
  absl::StatusOr<bool> Delete(std::string_view id, const std::string& family);
  // As Delete; after the commit call RingStop.
  static absl::StatusOr<bool> DeleteIn(Tx& tx, std::string_view id, const std::string& family);

 private:
  absl::StatusOr<std::vector<Enqueued>> EnqueueKeyless(std::span<const TaskSpec> specs);

  runtime::postgres::Pool& pool_;
  Doorbell& doorbell_;
};

// NOT_FOUND, reason TASK_NOT_FOUND.
absl::Status TaskNotFound(std::string_view id);

}  // namespace jobmesh::scraper::tasks
