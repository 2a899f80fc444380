#include "user-service/accounts/upkeep.h"

#include "runtime/telemetry/log.h"

namespace jobmesh::user {
namespace {

constexpr absl::Duration kInterval = absl::Minutes(1);

}  // namespace

absl::Status Upkeep::Start() {
  thread_ = std::thread([this] { Loop(); });
  return absl::OkStatus();
}

void Upkeep::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Upkeep::Loop() {
  while (true) {
    for (const Chore& chore : chores_) {
      if (const absl::Status status = chore.run(); !status.ok()) {
        runtime::telemetry::LogWarn(
            "chore_failed", {{"chore", chore.name}, {"error", std::string(status.message())}});
      }
    }
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kInterval)) {
      return;
    }
  }
}

}  // namespace jobmesh::user
