#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "jobmesh/postings/v1/change_feed.pb.h"
#include "runtime/postgres/pool.h"

namespace jobmesh::insights {

// Where the load stands.
struct LoadState {
  int64_t revision = 0;      // grows with everything that may change an answer
  absl::Duration staleness;  // since the warehouse was last known to hold all the feed had
};

// What checking a part of the jobs came to.
struct CheckedJobs {
  std::string last_job_id;  // empty: there were no more
  int checked = 0;
  int corrected = 0;
};

// Writes the warehouse: facts, aggregates and the place in the feed, always together. Thread-safe.
class Warehouse {
 public:
  explicit Warehouse(runtime::postgres::Pool& pool) : pool_(pool) {}

  // Takes or keeps the right to load; answers the cursor to read from, or nothing while another
  // holder has the right.
  absl::StatusOr<std::optional<std::string>> Lease(const std::string& holder, absl::Duration lease);
  absl::Status Release(const std::string& holder);

  // Stores what was read from the feed at cursor `from`; answers how many jobs changed. Changes
  // that are stored already do nothing. `caught_up`: the feed had no more. ABORTED, with nothing
  // stored, when the warehouse is not at `from` any more.
  absl::StatusOr<int> Apply(const std::string& from, const postings::v1::ReadChangesResponse& batch,
                            bool caught_up);

  // Makes the sums over all jobs anew; answers how many were wrong.
  absl::StatusOr<int> RecomputeSums();
  // Makes the next `limit` jobs behind `after`, a UUID, anew from their postings, and stores those
  // that differ. The sums follow.
  absl::StatusOr<CheckedJobs> RecomputeJobs(const std::string& after, int limit);
  absl::StatusOr<int64_t> CountJobs();

  // Forgets everything, so that the next reading starts from the oldest change.
  absl::Status Clear();

  absl::StatusOr<LoadState> State();

 private:
  runtime::postgres::Pool& pool_;
};

}  // namespace jobmesh::insights
