#include "scraper-service/tasks/doorbell.h"

#include <utility>

#include "scraper_sql.h"

#include "runtime/telemetry/log.h"

namespace jobmesh::scraper::tasks {
namespace {

constexpr absl::Duration kPause = absl::Milliseconds(50);

}  // namespace

Doorbell::~Doorbell() { Stop(); }

absl::Status Doorbell::Start() {
  sender_ = std::thread([this] { Send(); });
  return absl::OkStatus();
}

void Doorbell::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (sender_.joinable()) {
    sender_.join();
  }
}

void Doorbell::Ring(const std::string& queue) {
  HearRing(queue);
  absl::MutexLock lock(&mutex_);
  rings_.insert(queue);
}

void Doorbell::RingStop() {
  HearStop();
  absl::MutexLock lock(&mutex_);
  stop_rung_ = true;
}

void Doorbell::HearRing(const std::string& queue) const {
  for (const Callback& callback : on_ring_) {
    callback(queue);
  }
}

void Doorbell::HearStop() const {
  for (const auto& callback : on_stop_) {
    callback();
  }
}

void Doorbell::Send() {
  while (true) {
    std::set<std::string> rings;
    bool stop_rung = false;
    {
      absl::MutexLock lock(&mutex_);
      auto rung = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return stopping_ || stop_rung_ || !rings_.empty();
      };
      mutex_.Await(absl::Condition(&rung));
      rings.swap(rings_);
      stop_rung = std::exchange(stop_rung_, false);
      if (rings.empty() && !stop_rung) {
        return;
      }
    }
    absl::Status status;
    for (const std::string& queue : rings) {
      status.Update(pool_.Execute(sql::kNotifyWith, kReadyChannel, queue).status());
    }
    if (stop_rung) {
      status.Update(pool_.Execute(sql::kNotifyWith, kStopChannel, "").status());
    }
    if (!status.ok()) {  // the others poll
      runtime::telemetry::LogWarn("notify_failed",
                                  {{"error.message", std::string(status.message())}});
    }
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kPause);
  }
}

}  // namespace jobmesh::scraper::tasks
