#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "runtime/postgres/pool.h"
#include "scraper-service/tasks/task.h"

namespace jobmesh::scraper::tasks {

// What a slot gets that passed while nobody was there to tick.
enum class CatchUp {
  kSkip,  // nothing, unless it is less than five minutes late
  kOnce,  // however many passed, the last one is ticked
};

// A task that the clock enqueues. Its payload gets a member `slot_time`, RFC 3339.
struct Schedule {
  std::string name;  // prefix it with the family: "000/hourly/site"
  std::string cron;  // see Cron
  TaskSpec spec;
  CatchUp catch_up = CatchUp::kSkip;
  bool enabled = true;  // when it is put for the first time
};

struct ScheduleState {
  std::string name;
  std::string cron;
  std::string spec;  // JSON
  CatchUp catch_up = CatchUp::kSkip;
  bool enabled = false;
  std::optional<absl::Time> next_time;  // not yet worked out, or stopped: nothing
  std::optional<absl::Time> last_time;  // slot that was ticked last
  std::string last_task_id;
};

// A schedule whose time has come, or that has none yet.
struct DueSchedule {
  std::string name;
  std::string cron;
  std::string spec;
  CatchUp catch_up = CatchUp::kSkip;
  std::optional<absl::Time> next_time;
};

// The right to tick, for as long as its lease lasts. `term` changes with every change of hands.
struct Leadership {
  std::string role;
  std::string holder;
  int64_t term = 0;
};

// Schedules, ticks and leadership. Thread-safe.
class ScheduleRepository {
 public:
  explicit ScheduleRepository(runtime::postgres::Pool& pool) : pool_(pool) {}

  // Adds a schedule or changes the one of that name, which stays enabled or stopped as it was.
  // INVALID_ARGUMENT.
  absl::Status Put(const Schedule& schedule);
  absl::Status Remove(const std::string& name);
  // Starts or stops all whose names begin with `prefix`. Slots that pass meanwhile are lost.
  absl::Status SetEnabled(const std::string& prefix, bool enabled);
  absl::StatusOr<std::vector<ScheduleState>> List(const std::string& prefix);

  // The database's.
  absl::StatusOr<absl::Time> Now();
  // Takes or keeps the leadership for `lease` from now; nothing while another has it.
  absl::StatusOr<std::optional<Leadership>> Lead(const std::string& role, const std::string& holder,
                                                 absl::Duration lease);
  absl::Status Resign(const std::string& role, const std::string& holder);
  absl::StatusOr<std::vector<DueSchedule>> Due(absl::Time now);
  // Enqueues the task of a slot, unless that was done before, and sets the next one, in one
  // transaction. The queue that got a task. ABORTED when the leadership is over.
  absl::StatusOr<std::optional<std::string>> Tick(const Leadership& leadership,
                                                  const DueSchedule& due, absl::Time slot,
                                                  absl::Time next);
  // Only sets the next slot.
  absl::Status Advance(const DueSchedule& due, absl::Time next);

  // Makes the weeks to come, drops what is older than `retention` and forgets old traces. Gives up
  // at once where somebody else holds a table: UNAVAILABLE or DEADLINE_EXCEEDED, to be tried again.
  absl::Status Tidy(absl::Duration retention);

 private:
  runtime::postgres::Pool& pool_;
};

}  // namespace jobmesh::scraper::tasks
