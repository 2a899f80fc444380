#include "gateway/policy/data_version.h"

namespace jobmesh::gateway::policy {
namespace {

// Longer than replicas of a service are apart.
constexpr absl::Duration kUnconfirmed = absl::Seconds(30);

}  // namespace

void DataVersion::Note(std::int64_t version, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  if (version >= newest_ || now - confirmed_ > kUnconfirmed) {
    newest_ = version;
    confirmed_ = now;
  }
}

std::int64_t DataVersion::newest() const {
  absl::ReaderMutexLock lock(&mutex_);
  return newest_;
}

std::shared_ptr<DataVersion> DataVersions::Of(const std::string& service) {
  absl::MutexLock lock(&mutex_);
  std::shared_ptr<DataVersion>& version = versions_[service];
  if (version == nullptr) {
    version = std::make_shared<DataVersion>();
  }
  return version;
}

}  // namespace jobmesh::gateway::policy
