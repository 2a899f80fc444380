#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

#include "jobmesh/site_data/v1/site_data.pb.h"
#include "runtime/postgres/pool.h"
#include "scraper-service/tasks/task_repository.h"

namespace jobmesh::scraper::site_data {

inline constexpr char kFamily[] = "000";
// Operations of tasks: a job, and the hour's start of jobs, which belongs to nobody's family.
inline constexpr char kFetch[] = "fetch_site";
inline constexpr char kFetchAll[] = "fetch_enabled_sites";
inline constexpr char kQueue[] = "site-fetch";
// Tells all replicas that items have changed.
inline constexpr char kItemsChannel[] = "site_items_changed";

// An item as it is stored.
struct StoredItem {
  std::string source;
  std::string id;
  std::string supplier;
  std::optional<absl::Time> confirm_time;
  std::string status;
  bool confirmed = false;
  double score = 0;
};

// Jobs of document 000: tasks of that family, each with a row of its own. Ids that are malformed or
// of another family are unknown. Thread-safe.
class SiteJobRepository {
 public:
  using Tx = runtime::postgres::Tx;
  // Whether the caller may cancel what belongs to a user, "" to the clock.
  using MayChange = absl::FunctionRef<absl::Status(const std::string& owner)>;

  SiteJobRepository(runtime::postgres::Pool& pool, tasks::TaskRepository& tasks)
      : pool_(pool), tasks_(tasks) {}

  // A new job, or the one under way for the same site and day.
  absl::StatusOr<tasks::Enqueued> Start(const std::string& site, absl::CivilDay day,
                                        const std::string& owner);
  // As Start; after the commit ring kQueue.
  static absl::StatusOr<tasks::Enqueued> StartIn(Tx& tx, const std::string& site,
                                                 absl::CivilDay day, const std::string& owner);
  // NOT_FOUND.
  absl::StatusOr<jobmesh::site_data::v1::SiteJob> Get(const std::string& id);
  // At once, whether it waits or runs. NOT_FOUND; FAILED_PRECONDITION when it has ended; what
  // `may_change` says.
  absl::Status Cancel(const std::string& id, MayChange may_change);

  // What came of a job, in the transaction that ends it or before. `stats` is a JSON object, ""
  // no error.
  static absl::Status NoteIn(Tx& tx, const std::string& id, const std::string& stats,
                             const std::string& error);
  // Each source and id once. Replicas are told with the commit: caches must not be late for those
  // who saw the job end, and this is rare enough for the lock that it takes.
  static absl::Status StoreItemsIn(Tx& tx, const std::string& id, const std::string& site,
                                   const std::vector<StoredItem>& items);
  // Jobs that ended so long ago; their items stay.
  static absl::Status ForgetIn(Tx& tx, absl::Duration age);

 private:
  runtime::postgres::Pool& pool_;
  tasks::TaskRepository& tasks_;
};

}  // namespace jobmesh::scraper::site_data
