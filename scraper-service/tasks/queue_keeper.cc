#include "scraper-service/tasks/queue_keeper.h"

#include <algorithm>

#include "absl/random/random.h"
#include "absl/time/clock.h"

#include "runtime/status_macros.h"
#include "runtime/telemetry/log.h"

namespace jobmesh::scraper::tasks {
namespace {

constexpr absl::Duration kKeeperPoll = absl::Seconds(1);
constexpr absl::Duration kSweep = absl::Seconds(4);
// Rings of a busy queue come without a pause.
constexpr absl::Duration kLeastPause = absl::Milliseconds(50);

}  // namespace

QueueKeeper::QueueKeeper(QueueRepository& queues, Doorbell& doorbell, TaskMetrics& metrics,
                         absl::Duration lease)
    : queues_(queues), doorbell_(doorbell), metrics_(metrics), lease_(lease) {
  doorbell.OnRing([this](const std::string&) {
    absl::MutexLock lock(&mutex_);
    rung_ = rung_ || std::this_thread::get_id() != own_thread_;
  });
}

QueueKeeper::~QueueKeeper() { Stop(); }

absl::Status QueueKeeper::Start() {
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

void QueueKeeper::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

void QueueKeeper::Run() {
  absl::BitGen random;
  absl::Time next_sweep = absl::Now();
  {
    absl::MutexLock lock(&mutex_);
    own_thread_ = std::this_thread::get_id();
  }
  while (true) {
    bool more = false;
    absl::Status status = Dispatch(more);
    if (status.ok() && absl::Now() >= next_sweep) {
      status = Sweep();
      // Replicas should not sweep at the same moment.
      next_sweep = absl::Now() + kSweep * absl::Uniform(random, 0.75, 1.0);
    }
    if (!status.ok()) {
      runtime::telemetry::LogWarn("queue_not_kept",
                                  {{"error.message", std::string(status.message())}});
    }
    {
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kLeastPause);
    }
    // A place that became free while places were being given away is seen by the next look only.
    const absl::Duration pause =
        more ? absl::ZeroDuration() : (status.ok() ? UntilNext() : kKeeperPoll);
    absl::MutexLock lock(&mutex_);
    auto woken = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return rung_ || stopping_; };
    mutex_.AwaitWithTimeout(absl::Condition(&woken), pause);
    rung_ = false;
    if (stopping_) {
      return;
    }
  }
}

absl::Status QueueKeeper::Dispatch(bool& more) {
  ASSIGN_OR_RETURN(std::set<std::string> queues, queues_.Dispatch());
  more = !queues.empty();
  for (const std::string& queue : queues) {
    doorbell_.Ring(queue);
  }
  return absl::OkStatus();
}

absl::Status QueueKeeper::Sweep() {
  ASSIGN_OR_RETURN(QueueRepository::Rescued rescued, queues_.Rescue(lease_));
  if (rescued.count > 0) {
    metrics_.Rescued(rescued.count);
    runtime::telemetry::LogWarn("tasks_rescued",
                                {{"tasks", rescued.count}, {"discarded", rescued.discarded}});
  }
  for (const std::string& queue : rescued.queues) {
    doorbell_.Ring(queue);
  }
  ASSIGN_OR_RETURN(std::vector<QueueCounts> counts, queues_.Counts());
  std::set<std::string> empty = shown_;
  for (const QueueCounts& queue : counts) {
    empty.erase(queue.queue);
    shown_.insert(queue.queue);
  }
  for (const std::string& queue : empty) {
    counts.push_back({.queue = queue});
  }
  metrics_.Show(counts);
  return absl::OkStatus();
}

absl::Duration QueueKeeper::UntilNext() {
  absl::StatusOr<absl::Duration> next = queues_.UntilNextDelayed();
  return next.ok() ? std::clamp(*next, absl::ZeroDuration(), kKeeperPoll) : kKeeperPoll;
}

}  // namespace jobmesh::scraper::tasks
