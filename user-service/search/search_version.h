#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

#include "runtime/lifecycle/part.h"
#include "user-service/notifications/inbox.h"

namespace jobmesh::user {

// The data version of search answers: how often the matcher, whichever replica runs it, has moved
// on in the feed of postings. Asks once a second. An answer that bears it holds at least the
// postings of that version. Thread-safe.
class SearchVersion : public runtime::lifecycle::Part {
 public:
  explicit SearchVersion(Inbox& inbox) : inbox_(inbox) {}
  ~SearchVersion() override { Stop(); }

  std::string name() const override { return "search-version"; }
  absl::Status Start() override;
  void Stop() override;

  // 0 while it is not known.
  std::int64_t revision() const { return revision_.load(std::memory_order_relaxed); }
  // Asks now. Keeps what was known when the database does not answer.
  absl::Status Refresh();

 private:
  void Loop();

  Inbox& inbox_;
  std::atomic<std::int64_t> revision_{0};
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace jobmesh::user
