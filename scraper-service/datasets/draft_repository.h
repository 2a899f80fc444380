#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "runtime/postgres/pool.h"
#include "scraper-service/postings/stored_posting.h"
#include "scraper-service/tasks/lease_repository.h"
#include "scraper-service/tasks/task.h"

namespace jobmesh::scraper::datasets {

// What a file was made into, before a draft takes it over.
struct Build {
  std::string file_mark;
  int postings = 0;
};

// What a release did.
struct ReleaseCounts {
  int datasets = 0;
  int created = 0;
  int updated = 0;
  int closed = 0;
};

// The source under which a dataset's postings are stored.
std::string SourceOf(const std::string& dataset);

// Datasets on their way to a release. Nothing of them is visible before ReleaseIn commits: the
// postings of a build lie in a table of their own, and a release moves those of all pending drafts
// among the postings that search and insights read, in one transaction. Thread-safe.
//
// Functions ending in In belong to the transaction that ends a job. They answer FAILED_PRECONDITION
// when the datastore does not stand as the job needs it.
class DraftRepository {
 public:
  using Tx = runtime::postgres::Tx;

  explicit DraftRepository(runtime::postgres::Pool& pool) : pool_(pool) {}

  // A build belongs to the job under the lease; ABORTED when it is lost. Begins anew what an
  // earlier run left.
  absl::Status BeginBuild(const tasks::Lease& lease, const std::string& dataset,
                          const std::string& metadata, const std::string& file_mark);
  absl::Status AddPostings(const tasks::Lease& lease, int first_place,
                           const std::vector<StoredPosting>& postings);
  static absl::StatusOr<int> FinishBuildIn(Tx& tx, const std::string& job);
  // Nothing when the job has built nothing.
  absl::StatusOr<std::optional<Build>> FindBuild(const std::string& job);
  // Whether an operation that builds a draft may be done now.
  absl::Status CheckOperation(const std::string& operation, const std::string& dataset);

  // Makes the draft of a dataset what the job built; an earlier draft goes.
  static absl::Status TakeOverIn(Tx& tx, const tasks::Task& job);
  static absl::Status SetStatusIn(Tx& tx, const std::string& dataset, const std::string& status);
  static absl::Status DeleteDraftIn(Tx& tx, const std::string& dataset);
  static absl::Status RemoveIn(Tx& tx, const std::string& dataset, const std::string& description);
  static absl::Status RollbackRemoveIn(Tx& tx, const std::string& dataset);
  // Releases every draft that is pending as a new version of the datastore.
  static absl::StatusOr<ReleaseCounts> ReleaseIn(Tx& tx, const tasks::Task& job);

 private:
  runtime::postgres::Pool& pool_;
};

}  // namespace jobmesh::scraper::datasets
