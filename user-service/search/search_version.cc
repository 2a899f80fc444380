#include "user-service/search/search_version.h"

#include "runtime/status_macros.h"

namespace jobmesh::user {

absl::Status SearchVersion::Refresh() {
  ASSIGN_OR_RETURN(const std::int64_t revision, inbox_.FeedRevision());
  revision_.store(revision, std::memory_order_relaxed);
  return absl::OkStatus();
}

absl::Status SearchVersion::Start() {
  RETURN_IF_ERROR(Refresh());
  thread_ = std::thread([this] { Loop(); });
  return absl::OkStatus();
}

void SearchVersion::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

void SearchVersion::Loop() {
  absl::MutexLock lock(&mutex_);
  while (!mutex_.AwaitWithTimeout(absl::Condition(&stopping_), absl::Seconds(1))) {
    mutex_.Unlock();
    // The pool's own health says when the database is away.
    Refresh().IgnoreError();
    mutex_.Lock();
  }
}

}  // namespace jobmesh::user
