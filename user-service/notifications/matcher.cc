#include "user-service/notifications/matcher.h"

#include <algorithm>

#include "runtime/status_macros.h"
#include "runtime/telemetry/log.h"
#include "user-service/subscriptions/tag.h"

namespace jobmesh::user {
namespace {

constexpr int kMaxChanges = 500;
constexpr absl::Duration kLongPoll = absl::Seconds(2);
// Outlives a long poll; a replica that died is replaced when it runs out.
constexpr absl::Duration kLease = absl::Seconds(5);
constexpr absl::Duration kPause = absl::Seconds(1);

prometheus::Counter& StoredCounter(prometheus::Registry& registry) {
  return prometheus::BuildCounter()
      .Name("jobmesh_user_notifications_stored_total")
      .Help("Notifications put into inboxes by this process.")
      .Register(registry)
      .Add({});
}

}  // namespace

std::vector<std::string> TagsOfPosting(const postings::v1::Posting& posting,
                                       const SkillNames& names) {
  std::vector<std::string> tags = WordRuns(posting.title());
  for (const std::string& skill : posting.skills()) {
    for (std::string& tag : names.TagsOf(skill)) {
      tags.push_back(std::move(tag));
    }
  }
  std::sort(tags.begin(), tags.end());
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  return tags;
}

Matcher::Matcher(Inbox& inbox, PostingFeed& feed, const SkillNames& names, std::string holder,
                 prometheus::Registry& registry)
    : inbox_(inbox),
      feed_(feed),
      names_(names),
      holder_(std::move(holder)),
      stored_(StoredCounter(registry)) {}

Matcher::~Matcher() { Stop(); }

absl::StatusOr<bool> Matcher::Turn(absl::Duration wait) {
  ASSIGN_OR_RETURN(std::optional<std::string> cursor, inbox_.Lease(holder_, kLease));
  if (!cursor) {
    return false;
  }
  RETURN_IF_ERROR(Read(*cursor, wait));
  return true;
}

absl::Status Matcher::Read(const std::string& cursor, absl::Duration wait) {
  absl::StatusOr<postings::v1::ReadChangesResponse> changes = feed_.Read(cursor, kMaxChanges, wait);
  if (absl::IsInvalidArgument(changes.status()) && !cursor.empty()) {
    // The feed does not know its own cursor: its database is another one now. From the start, then;
    // nobody is told twice, because a job is stored once for a user.
    runtime::telemetry::LogWarn("feed_cursor_refused",
                                {{"error", std::string(changes.status().message())}});
    return inbox_.Match({}, cursor, "").status();
  }
  RETURN_IF_ERROR(changes.status());
  std::vector<NewPosting> postings;
  for (const postings::v1::Change& change : changes->changes()) {
    if (change.kind() != postings::v1::Change::CREATED) {
      continue;
    }
    const postings::v1::Posting& posting = change.posting();
    postings.push_back({JobOfPosting(posting), TagsOfPosting(posting, names_),
                        absl::FromUnixSeconds(posting.first_seen_time().seconds()) +
                            absl::Nanoseconds(posting.first_seen_time().nanos())});
  }
  if (changes->next_cursor() == cursor) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const int stored, inbox_.Match(postings, cursor, changes->next_cursor()));
  if (stored == 0) {
    return absl::OkStatus();
  }
  stored_.Increment(stored);
  return inbox_.Ring();
}

absl::Status Matcher::Start() {
  thread_ = std::thread([this] { Loop(); });
  return absl::OkStatus();
}

void Matcher::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Matcher::Loop() {
  bool complained = false;
  while (true) {
    const absl::StatusOr<bool> leads = Turn(kLongPoll);
    if (!leads.ok() && !complained) {
      runtime::telemetry::LogWarn("matching_failed",
                                  {{"error", std::string(leads.status().message())}});
    }
    complained = !leads.ok();
    const absl::Duration pause = leads.ok() && *leads ? absl::ZeroDuration() : kPause;
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), pause)) {
      break;
    }
  }
  // Another replica goes on at once. When this fails the lease runs out by itself.
  inbox_.Release(holder_).IgnoreError();
}

}  // namespace jobmesh::user
