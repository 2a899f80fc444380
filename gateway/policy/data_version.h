#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace jobmesh::gateway::policy {

// The newest data version (`x-jobmesh-data-version`) that any answer of one service has carried.
// Thread-safe.
class DataVersion {
 public:
  // Takes note of a version. Numbers only grow, except that a service whose database was restored
  // may begin again lower: the newest is forgotten when nothing has confirmed it for 30 s.
  void Note(std::int64_t version, absl::Time now);
  // 0 before the first.
  std::int64_t newest() const;

 private:
  mutable absl::Mutex mutex_;
  std::int64_t newest_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Time confirmed_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

// One DataVersion a service of the registry. Thread-safe.
class DataVersions {
 public:
  std::shared_ptr<DataVersion> Of(const std::string& service);

 private:
  absl::Mutex mutex_;
  std::map<std::string, std::shared_ptr<DataVersion>> versions_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace jobmesh::gateway::policy
