#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "jobmesh/scraping/v1/sources.pb.h"
#include "runtime/postgres/pool.h"
#include "scraper-service/fetch/fetcher.h"
#include "scraper-service/postings/posting_repository.h"

namespace jobmesh::scraper {

// What is kept of the sources' runs, in PostgreSQL. Thread-safe.
class SourceRepository {
 public:
  explicit SourceRepository(runtime::postgres::Pool& pool) : pool_(pool) {}

  absl::Status Ensure(const std::string& source);
  // The lease of a source that is asked for or, when `by_schedule`, due; nothing when it is not, or
  // another replica holds it.
  absl::StatusOr<std::optional<Fence>> Claim(const std::string& source, bool by_schedule,
                                             absl::Duration lease);
  // ABORTED when the lease is lost.
  absl::Status Extend(const Fence& fence, absl::Duration lease);
  // Records the outcome and lets go of the lease. ABORTED when it is lost.
  absl::Status Finish(const Fence& fence, const jobmesh::scraping::v1::Run& run,
                      absl::Duration until_next);
  // Lets go of the lease without an outcome.
  absl::Status GiveUp(const Fence& fence);

  // Pages whose postings an interrupted run has stored: where they were found, by address.
  absl::StatusOr<std::map<std::string, std::string>> FindRunPages(const std::string& source);
  // Adds to them; does nothing when the lease is lost.
  absl::Status PutRunPages(const Fence& fence,
                           const std::vector<std::pair<std::string, std::string>>& pages);

  // Asks for a run; the time of the request, by the database's clock. NOT_FOUND (SOURCE_NOT_FOUND).
  absl::StatusOr<std::string> RequestRun(const std::string& source);
  // The run that answers the request, once it has ended.
  absl::StatusOr<std::optional<jobmesh::scraping::v1::Run>> FinishedRun(
      const std::string& source, const std::string& request_time);
  // State of every source that ever was in the file, by name; what the file says is not filled in.
  absl::StatusOr<std::map<std::string, jobmesh::scraping::v1::Source>> List();

  absl::StatusOr<std::optional<fetch::Validators>> FindValidators(const std::string& url);
  absl::Status PutValidators(const std::map<std::string, fetch::Validators>& validators);

 private:
  runtime::postgres::Pool& pool_;
};

}  // namespace jobmesh::scraper
