#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "jobmesh/postings/v1/change_feed.pb.h"
#include "runtime/postgres/pool.h"
#include "scraper-service/postings/stored_posting.h"

namespace jobmesh::scraper {

// The right to write for a run: lost when another replica has taken the source over.
struct Fence {
  std::string source;
  int64_t lease_token = 0;
};

struct WriteCounts {
  int created = 0;
  int updated = 0;
};

// What tells whether a posting is stored already as it came.
struct KnownPosting {
  std::string identity_key;  // empty: not known before it is refined
  std::string raw_hash;
  std::string page_url;
};

// Place in the change feed.
struct FeedPosition {
  std::string xid = "0";
  int64_t change_id = 0;

  // `<xid>.<change_id>`; empty text is the beginning. INVALID_ARGUMENT (CURSOR_INVALID) for
  // anything else.
  static absl::StatusOr<FeedPosition> Parse(const std::string& cursor);
  std::string Cursor() const;
};

// Postings and their changes in PostgreSQL. Thread-safe.
class PostingRepository {
 public:
  explicit PostingRepository(runtime::postgres::Pool& pool) : pool_(pool) {}

  // Writes what is new or has changed, posting and change in one transaction. With a fence, ABORTED
  // when its lease is lost: nothing was written then.
  absl::StatusOr<WriteCounts> Upsert(const std::vector<StoredPosting>& postings,
                                     const std::optional<Fence>& fence);
  // Which of these are open, of that page and stored from the same hash: their places, sorted.
  absl::StatusOr<std::vector<size_t>> FindUnchanged(const std::string& source,
                                                    const std::vector<KnownPosting>& postings);
  // Closes the source's open postings that were neither seen nor on an unchanged page; returns how
  // many.
  absl::StatusOr<int> CloseMissing(const Fence& fence, const std::vector<std::string>& seen_keys,
                                   const std::vector<std::string>& unchanged_pages);
  // Parts of the above for a transaction of the caller's, which begins with the lock: `alone` shuts
  // out everybody else who writes postings, otherwise only those who want to be alone.
  static absl::Status LockIn(runtime::postgres::Tx& tx, bool alone);
  // `rows`: a JSON array of StoredPosting::json.
  static absl::StatusOr<WriteCounts> UpsertIn(runtime::postgres::Tx& tx, const std::string& rows);
  // Closes the source's open postings whose keys are not among these: a text[] in PostgreSQL's
  // form.
  static absl::StatusOr<int> CloseOthersIn(runtime::postgres::Tx& tx, const std::string& source,
                                           const std::string& keys);
  absl::StatusOr<int> CountOpen(const std::string& source);
  // Changes after a position, in order; sets the position after the last of them.
  absl::StatusOr<std::vector<jobmesh::postings::v1::Change>> ReadChanges(FeedPosition& position,
                                                                         int limit);

 private:
  runtime::postgres::Pool& pool_;
};

}  // namespace jobmesh::scraper
