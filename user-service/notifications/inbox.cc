#include "user-service/notifications/inbox.h"

#include "absl/strings/escaping.h"
#include "user_sql.h"

#include "runtime/status_macros.h"

namespace jobmesh::user {
namespace {

using runtime::postgres::Bytes;
using runtime::postgres::Tx;

constexpr char kReader[] = "matcher";

// A bytea column in its text form, `\x…`.
std::string BytesOf(const pqxx::field& field) { return absl::HexStringToBytes(field.c_str() + 2); }

}  // namespace

absl::StatusOr<std::optional<std::string>> Inbox::Lease(const std::string& holder,
                                                        absl::Duration lease) {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kLeaseFeedReader, kReader, holder,
                                                    absl::ToDoubleSeconds(lease)));
  if (rows.empty()) {
    return std::nullopt;
  }
  return std::string(rows[0]["cursor"].c_str());
}

absl::Status Inbox::Release(const std::string& holder) {
  return pool_.Execute(sql::kReleaseFeedReader, kReader, holder).status();
}

absl::StatusOr<int> Inbox::Match(const std::vector<NewPosting>& postings, const std::string& from,
                                 const std::string& to) {
  return pool_.InTransaction([&](Tx& tx) -> absl::StatusOr<int> {
    ASSIGN_OR_RETURN(pqxx::result moved, tx.Execute(sql::kAdvanceFeedReader, kReader, from, to));
    if (moved.affected_rows() == 0) {
      return absl::AbortedError("another replica has read the feed");
    }
    int stored = 0;
    for (const NewPosting& posting : postings) {
      const std::string job = posting.job.SerializeAsString();
      ASSIGN_OR_RETURN(pqxx::result rows,
                       tx.Execute(sql::kCreateNotifications, posting.tags, posting.seen_time,
                                  posting.job.job_id(), Bytes{job}));
      stored += static_cast<int>(rows.affected_rows());
    }
    return stored;
  });
}

absl::StatusOr<int64_t> Inbox::FeedRevision() {
  ASSIGN_OR_RETURN(const pqxx::result rows, pool_.Execute(sql::kFindFeedRevision, kReader));
  return rows[0]["revision"].as<int64_t>();
}

absl::Status Inbox::Ring() { return pool_.Execute(sql::kRingInbox).status(); }

absl::StatusOr<std::vector<Notification>> Inbox::Unacknowledged(
    const std::vector<InboxPosition>& positions, int limit) {
  std::vector<int> users;
  std::vector<int> after;
  for (const InboxPosition& position : positions) {
    users.push_back(position.user_id);
    after.push_back(position.after);
  }
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kListUnacknowledged, users, after, limit));
  std::vector<Notification> notifications;
  for (const auto& row : rows) {
    Notification& notification = notifications.emplace_back();
    notification.user_id = row["user_id"].as<int>();
    notification.id = row["notification_id"].as<int>();
    notification.matched = runtime::postgres::ParseTextArray(row["matched"].c_str());
    if (!notification.job.ParseFromString(BytesOf(row["job"]))) {
      return absl::DataLossError("a stored notification cannot be read");
    }
  }
  return notifications;
}

absl::Status Inbox::Acknowledge(int user_id, int id) {
  return pool_.Execute(sql::kAcknowledgeNotification, user_id, id).status();
}

absl::Status Inbox::DeleteOld() { return pool_.Execute(sql::kDeleteOldNotifications).status(); }

}  // namespace jobmesh::user
