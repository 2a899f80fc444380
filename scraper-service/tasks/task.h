#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

namespace jobmesh::scraper::tasks {

// docs/architecture.md draws how one state leads to another.
enum class TaskState {
  kAvailable,  // waits: for its time, for a place of its key, or for a worker
  kRetryable,  // waits after a run that failed
  kRunning,
  kCompleted,  // the last three are final
  kDiscarded,  // failed for good; a dead letter
  kCancelled,
};

// `available`, `retryable`, …: as stored and as written in the API.
std::string_view StateName(TaskState state);
std::optional<TaskState> ParseState(std::string_view name);
bool IsFinal(TaskState state);

// What becomes of a task whose worker died in the middle of a run. The third death is final anyhow.
enum class OnCrash {
  kRequeue,  // back to the phase it was queued in
  kFail,     // discarded at once: the run must not be repeated blindly
};

// At most so much of a key at once, in the whole mesh, and so many starts a minute.
struct TaskLimit {
  std::string key;
  int max_running = 0;      // 0 = any number
  int rate_per_minute = 0;  // 0 = any number
};

// A task to be enqueued.
struct TaskSpec {
  // REST vocabulary it belongs to: "000", "002", "003", "004", or "" for internal work. Tasks of
  // "004" get ids of 24 hexadecimal digits, all others UUIDs.
  std::string family;
  std::string operation;  // names the handler; required
  std::string queue = "default";
  std::string phase;           // phase it starts in; what phases mean is the family's matter
  int priority = 0;            // -100..100, low first
  std::string payload = "{}";  // a JSON object
  std::string created_by;      // JSON of who asked, shown as it is; "" = nobody
  std::string target;          // what it works on, for lists; "" = nothing
  std::string owner;           // user it belongs to, for lists; "" = nobody
  // At most one unfinished task has this key; "" = any number. Prefix it with the family.
  std::string unique_key;
  // The numbers count when the key is seen for the first time; later QueueRepository::SetLimit
  // changes them. In a queue that has a limit of its own that one counts instead.
  std::optional<TaskLimit> limit;
  absl::Duration delay;                // not before so long from now, by the database's clock
  std::optional<absl::Time> run_time;  // not before this time
  int max_attempts = 5;
  absl::Duration retry_base = absl::Seconds(1);  // pause after the first failure; doubles, +- 10 %
  OnCrash on_crash = OnCrash::kRequeue;
};

// A task as it stands.
struct Task {
  std::string id;  // as the family writes it
  std::string family;
  std::string operation;
  std::string queue;
  TaskState state = TaskState::kAvailable;
  std::string phase;
  std::string entry_phase;  // phase it was queued in last, to which a crash returns it
  bool fresh = true;        // false once Outcome::Advance has brought it to a later phase
  int priority = 0;
  int attempt = 0;  // runs that were started; those given back or lost do not count
  int max_attempts = 0;
  int rescues = 0;  // runs lost with their process
  OnCrash on_crash = OnCrash::kRequeue;
  bool cancel_requested = false;
  std::string worker_id;    // that runs it, or ran it last
  int64_t lease_token = 0;  // of the run, or of the last one
  std::string target;
  std::string owner;
  std::string unique_key;
  std::string limit_key;
  std::string payload;     // JSON object
  std::string created_by;  // JSON, or ""
  std::string result;      // JSON, of a completed task; or ""
  std::string error;       // of the last run that failed, or why it was cancelled
  double progress = 0;     // 0..1, of the run
  absl::Time run_time;
  absl::Time create_time;
  absl::Time update_time;
  std::optional<absl::Time> start_time;   // of the last run
  std::optional<absl::Time> finish_time;  // exactly in a final state
};

// One line of a task's log.
struct TaskLogLine {
  int64_t sequence = 0;  // grows within a task
  absl::Time time;
  std::string message;
};

}  // namespace jobmesh::scraper::tasks
