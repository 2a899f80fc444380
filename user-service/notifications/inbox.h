#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "jobmesh/search/v1/job.pb.h"
#include "runtime/postgres/pool.h"

namespace jobmesh::user {

// Channel that is rung after notifications were stored.
inline constexpr char kInboxChannel[] = "jobmesh_inbox";

// A notification as stored.
struct Notification {
  int user_id = 0;
  int id = 0;
  search::v1::Job job;
  std::vector<std::string> matched;
};

// How much of a user's inbox a session has been sent.
struct InboxPosition {
  int user_id = 0;
  int after = 0;
};

// A posting that appeared, ready to be matched.
struct NewPosting {
  search::v1::Job job;
  std::vector<std::string> tags;  // folded; a subscription to any of them matches
  absl::Time seen_time;
};

// What users are to be told, and how far the feed of postings has been read for it. Thread-safe.
class Inbox {
 public:
  explicit Inbox(runtime::postgres::Pool& pool) : pool_(pool) {}

  // The cursor of the feed when `holder` may read it now, for `lease` from now; nothing while
  // another may.
  absl::StatusOr<std::optional<std::string>> Lease(const std::string& holder, absl::Duration lease);
  absl::Status Release(const std::string& holder);
  // Stores one notification for each user and new job that a subscription older than the posting
  // matches, and moves the cursor, all in one transaction: a posting is matched once. Returns how
  // many were stored. ABORTED when the cursor is not `from` any more.
  absl::StatusOr<int> Match(const std::vector<NewPosting>& postings, const std::string& from,
                            const std::string& to);
  // Grows whenever the cursor moves.
  absl::StatusOr<int64_t> FeedRevision();
  // Wakes the hubs of all replicas.
  absl::Status Ring();

  // Unacknowledged notifications, per user in order, at most `limit` each.
  absl::StatusOr<std::vector<Notification>> Unacknowledged(
      const std::vector<InboxPosition>& positions, int limit);
  absl::Status Acknowledge(int user_id, int id);
  absl::Status DeleteOld();

 private:
  runtime::postgres::Pool& pool_;
};

}  // namespace jobmesh::user
