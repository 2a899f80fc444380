#pragma once

#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "prometheus/counter.h"
#include "prometheus/registry.h"

#include "runtime/lifecycle/part.h"
#include "user-service/notifications/inbox.h"
#include "user-service/notifications/posting_feed.h"
#include "user-service/subscriptions/skill_names.h"

namespace jobmesh::user {

// Reads the feed of postings and stores a notification for everyone who subscribed to a new one.
// One replica does it at a time, by a lease; two at once would do no harm, because the cursor moves
// with what is stored.
class Matcher : public runtime::lifecycle::Part {
 public:
  // `holder`: identity of this process.
  Matcher(Inbox& inbox, PostingFeed& feed, const SkillNames& names, std::string holder,
          prometheus::Registry& registry);
  ~Matcher() override;

  std::string name() const override { return "matcher"; }
  absl::Status Start() override;
  void Stop() override;

  // One turn: leases, reads for at most `wait`, matches. False when another replica holds the
  // lease.
  absl::StatusOr<bool> Turn(absl::Duration wait);

 private:
  absl::Status Read(const std::string& cursor, absl::Duration wait);
  void Loop();

  Inbox& inbox_;
  PostingFeed& feed_;
  const SkillNames& names_;
  const std::string holder_;
  prometheus::Counter& stored_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// Tags that a subscription to matches the posting: its skills under all their names, and the words
// of its title.
std::vector<std::string> TagsOfPosting(const postings::v1::Posting& posting,
                                       const SkillNames& names);

}  // namespace jobmesh::user
