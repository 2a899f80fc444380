#include "scraper-service/tasks/worker.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <set>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "runtime/telemetry/log.h"

namespace jobmesh::scraper::tasks {
namespace {

using runtime::telemetry::LogWarn;

constexpr absl::Duration kClaimPoll = absl::Seconds(1);
constexpr absl::Duration kRetryPause = absl::Milliseconds(200);
// A run that we do not know is one whose claim did not come back to us; claims take no longer.
constexpr absl::Duration kStrangerAge = absl::Seconds(8);
constexpr absl::Duration kNoHandlerPause = absl::Seconds(5);

// A clock that runs on while the process is frozen and does not jump.
absl::Time SteadyNow() {
  return absl::UnixEpoch() + absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

bool IsLost(const absl::Status& status) {
  const auto detail = runtime::DetailOf(status);
  return detail &&
         detail->reason == errors::v1::ErrorReason_Name(runtime::ErrorReason::TASK_LEASE_LOST);
}

bool IsPassing(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         (absl::IsAborted(status) && !IsLost(status));
}

void Warn(const char* event, const absl::Status& status) {
  LogWarn(event, {{"error.message", std::string(status.message())}});
}

}  // namespace

Worker::Worker(LeaseRepository& leases, Doorbell& doorbell, TaskMetrics& metrics,
               WorkerOptions options)
    : leases_(leases), doorbell_(doorbell), metrics_(metrics), options_(std::move(options)) {
  for (const auto& [queue, slots] : options_.slots) {
    queues_.push_back(queue);
    auto lane = std::make_unique<Lane>();
    lane->queue = queue;
    lane->slots = slots;
    lanes_.push_back(std::move(lane));
  }
  doorbell_.OnRing([this](const std::string& queue) {
    absl::MutexLock lock(&mutex_);
    for (const auto& lane : lanes_) {
      lane->woken = lane->woken || queue.empty() || lane->queue == queue;
    }
  });
  doorbell_.OnStop([this] {
    absl::MutexLock lock(&mutex_);
    look_ = true;
  });
}

Worker::~Worker() { Stop(); }

void Worker::Register(const std::string& operation, Handler handler) {
  handlers_[operation] = std::move(handler);
}

int Worker::running() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int>(runs_.size());
}

std::string Worker::Describe() const {
  absl::MutexLock lock(&mutex_);
  std::string text;
  for (const auto& [key, run] : runs_) {
    absl::StrAppend(
        &text, key.first, "  ", run->task.operation, "  ", run->task.queue, "  ",
        absl::FormatDuration(absl::Trunc(SteadyNow() - run->claim_time, absl::Milliseconds(100))),
        run->started ? "" : "  waits", run->cancel.cancelled() ? "  stopping" : "", "\n");
  }
  return text;
}

absl::Status Worker::Start() {
  lease_keeper_ = std::thread([this] { LeaseLoop(); });
  completer_ = std::thread([this] { CompletionLoop(); });
  for (const auto& lane : lanes_) {
    for (int i = 0; i < lane->slots; ++i) {
      slots_.emplace_back([this, &lane] { SlotLoop(*lane); });
    }
  }
  claimer_ = std::thread([this] { ClaimLoop(); });
  return absl::OkStatus();
}

// Taking.

int Worker::Wanted(const Lane& lane) const {
  const int held = lane.running + static_cast<int>(lane.waiting.size());
  const int wanted = lane.slots + options_.prefetch - held;
  // Large bites where there is a larder.
  return options_.prefetch > 0 && static_cast<int>(lane.waiting.size()) > options_.prefetch / 2
             ? 0
             : wanted;
}

void Worker::ClaimLoop() {
  absl::BitGen random;
  while (true) {
    bool ok = true;
    for (const auto& lane : lanes_) {
      ok = ClaimFor(*lane) && ok;
    }
    absl::MutexLock lock(&mutex_);
    auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return draining_ || (may_claim_ && std::ranges::any_of(lanes_, [this](const auto& lane) {
                             mutex_.AssertHeld();
                             return lane->woken && Wanted(*lane) > 0;
                           }));
    };
    if (!ok) {
      mutex_.AwaitWithTimeout(absl::Condition(&draining_),
                              kRetryPause * absl::Uniform(random, 0.5, 2.0));
    } else if (!mutex_.AwaitWithTimeout(absl::Condition(&ready), kClaimPoll)) {
      for (const auto& lane : lanes_) {
        lane->woken = true;
      }
    }
    if (draining_) {
      return;
    }
  }
}

bool Worker::ClaimFor(Lane& lane) {
  int wanted = 0;
  {
    absl::MutexLock lock(&mutex_);
    wanted = Wanted(lane);
    // Without a heartbeat what we take would be taken from us at once.
    may_claim_ = SteadyNow() - heartbeat_time_ < kLease - kHeartbeat;
    if (draining_ || !lane.woken || wanted <= 0 || !may_claim_) {
      return true;
    }
    lane.woken = false;
  }
  absl::StatusOr<std::vector<Task>> tasks = leases_.Claim(options_.worker_id, lane.queue, wanted);
  if (!tasks.ok()) {
    Warn("tasks_not_claimed", tasks.status());
    absl::MutexLock lock(&mutex_);
    lane.woken = true;
    return false;
  }
  if (tasks->empty()) {
    return true;
  }
  metrics_.Claimed(lane.queue, tasks->size());
  absl::MutexLock lock(&mutex_);
  lane.woken = lane.woken || static_cast<int>(tasks->size()) == wanted;
  for (Task& task : *tasks) {
    auto run = std::make_shared<Run>();
    run->task = std::move(task);
    run->claim_time = SteadyNow();
    runs_.emplace(std::pair(run->task.id, run->task.lease_token), run);
    lane.waiting.push_back(std::move(run));
  }
  return true;
}

// Running.

void Worker::SlotLoop(Lane& lane) {
  while (true) {
    std::shared_ptr<Run> run;
    {
      absl::MutexLock lock(&mutex_);
      auto ready = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return stopping_ || (!lane.waiting.empty() && !draining_);
      };
      mutex_.Await(absl::Condition(&ready));
      if (stopping_) {
        return;
      }
      run = std::move(lane.waiting.front());
      lane.waiting.pop_front();
      run->started = true;
      ++lane.running;
    }
    const absl::Time start = SteadyNow();
    Outcome outcome = Execute(*run);
    metrics_.Ran(run->task.operation, absl::ToDoubleSeconds(SteadyNow() - start));
    End(run, std::move(outcome));
    absl::MutexLock lock(&mutex_);
    --lane.running;
  }
}

Outcome Worker::Execute(Run& run) {
  const auto handler = handlers_.find(run.task.operation);
  if (handler == handlers_.end()) {
    LogWarn("task_without_handler", {{"task", run.task.id}, {"operation", run.task.operation}});
    return Outcome::Stop();
  }
  if (run.cancel.cancelled()) {
    return Outcome::Stop();
  }
  TaskRun handle(run.task, leases_, run.cancel);
  try {
    return handler->second(handle);
  } catch (const std::exception& error) {
    return Outcome::Fail(absl::InternalError(error.what()));
  }
}

void Worker::End(const std::shared_ptr<Run>& run, Outcome outcome) {
  if (auto* completed = std::get_if<Outcome::Completed>(&outcome.end);
      completed != nullptr && !completed->effects) {
    absl::MutexLock lock(&mutex_);
    completed_.emplace_back(run, std::move(completed->result));
    return;
  }
  absl::StatusOr<std::string> end = Write(*run, outcome);
  if (!end.ok()) {
    Warn("task_end_not_written", end.status());
  }
  Forget(*run, end.ok() ? *end : "lost");
}

// Writes the end of a run; how it ended, in the words of the metric.
absl::StatusOr<std::string> Worker::Write(Run& run, Outcome& outcome) {
  const Lease lease = run.lease();
  absl::Status error;
  if (auto* completed = std::get_if<Outcome::Completed>(&outcome.end)) {
    error = Persist([&] { return leases_.CompleteWith(lease, completed->effects); });
    if (error.ok() || IsLost(error)) {
      return error.ok() ? absl::StatusOr<std::string>("completed") : error;
    }
    outcome = Outcome::Fail(error);
  }
  if (auto* advanced = std::get_if<Outcome::Advanced>(&outcome.end)) {
    error =
        Persist([&] { return leases_.Advance(lease, advanced->next, advanced->effects).status(); });
    if (error.ok()) {
      doorbell_.Ring(advanced->next.queue);
    }
    if (error.ok() || IsLost(error)) {
      return error.ok() ? absl::StatusOr<std::string>("advanced") : error;
    }
    outcome = Outcome::Fail(error);
  }
  if (auto* failed = std::get_if<Outcome::Failed>(&outcome.end)) {
    TaskState state = TaskState::kDiscarded;
    const std::string text(failed->error.message());
    RETURN_IF_ERROR(Persist([&]() -> absl::Status {
      ASSIGN_OR_RETURN(
          state, leases_.Fail(lease, text.empty() ? "failed" : text, failed->final, failed->pause));
      return absl::OkStatus();
    }));
    if (state == TaskState::kRetryable) {
      doorbell_.Ring(run.task.queue);  // the keeper has a new time to look at
    }
    return std::string(state == TaskState::kRetryable ? "failed" : StateName(state));
  }
  StopReason reason;
  {
    absl::MutexLock lock(&mutex_);
    reason = run.reason;
  }
  const absl::Duration pause = reason == StopReason::kNone ? kNoHandlerPause : absl::ZeroDuration();
  std::set<std::string> queues;
  RETURN_IF_ERROR(Persist([&]() -> absl::Status {
    ASSIGN_OR_RETURN(queues, leases_.Release({lease}, pause));
    return absl::OkStatus();
  }));
  for (const std::string& queue : queues) {
    doorbell_.Ring(queue);
  }
  return std::string(reason == StopReason::kCancelled ? "cancelled" : "released");
}

absl::Status Worker::Persist(absl::FunctionRef<absl::Status()> write) {
  while (true) {
    absl::Status status = write();
    if (!IsPassing(status)) {
      return status;
    }
    Warn("task_write_repeated", status);
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kRetryPause)) {
      return status;
    }
  }
}

void Worker::Forget(Run& run, const std::string& end) {
  metrics_.Ended(run.task.queue, end);
  if (!run.task.limit_key.empty()) {
    doorbell_.Ring(run.task.queue);  // a place is free
  }
  absl::MutexLock lock(&mutex_);
  runs_.erase({run.task.id, run.task.lease_token});
}

// Ending in batches: what ends while one batch is being written is the next.

void Worker::CompletionLoop() {
  while (true) {
    std::vector<std::pair<std::shared_ptr<Run>, std::string>> batch;
    {
      absl::MutexLock lock(&mutex_);
      auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return stopping_ || !completed_.empty();
      };
      mutex_.Await(absl::Condition(&ready));
      if (completed_.empty()) {
        return;
      }
      const size_t size = std::min<size_t>(completed_.size(), options_.completion_batch);
      batch.assign(std::make_move_iterator(completed_.begin()),
                   std::make_move_iterator(completed_.begin() + static_cast<ptrdiff_t>(size)));
      completed_.erase(completed_.begin(), completed_.begin() + static_cast<ptrdiff_t>(size));
    }
    CompleteBatch(batch);
  }
}

void Worker::CompleteBatch(const std::vector<std::pair<std::shared_ptr<Run>, std::string>>& batch) {
  std::vector<CompletedRun> runs;
  for (const auto& [run, result] : batch) {
    runs.push_back({run->lease(), result});
  }
  std::set<std::string> completed;
  const absl::Status status = Persist([&]() -> absl::Status {
    ASSIGN_OR_RETURN(completed, leases_.Complete(runs));
    return absl::OkStatus();
  });
  if (!status.ok() && !IsPassing(status) && batch.size() > 1) {
    for (const auto& run : batch) {  // one of them has a result that cannot be stored
      CompleteBatch({run});
    }
    return;
  }
  for (const auto& [run, result] : batch) {
    std::string end = completed.contains(run->task.id) ? "completed" : "lost";
    if (!status.ok() && !IsPassing(status)) {
      Warn("task_result_refused", status);
      Outcome outcome = Outcome::GiveUp(absl::InternalError("the result could not be stored"));
      end = Write(*run, outcome).value_or("lost");
    }
    Forget(*run, end);
  }
}

// The lease, and runs that are to stop.

void Worker::LeaseLoop() {
  absl::Time next_heartbeat = absl::InfinitePast();
  while (true) {
    if (SteadyNow() >= next_heartbeat) {
      next_heartbeat = SteadyNow() + kHeartbeat;
      KeepLease();
    }
    CompareRuns();
    absl::MutexLock lock(&mutex_);
    auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || look_; };
    mutex_.AwaitWithTimeout(absl::Condition(&ready), kClaimPoll);
    look_ = false;
    if (stopping_) {
      return;
    }
  }
}

void Worker::KeepLease() {
  const absl::Time before = SteadyNow();  // the lease counts from no later than this
  const absl::Status status = leases_.Heartbeat(options_.worker_id, queues_);
  bool expired = false;
  {
    absl::MutexLock lock(&mutex_);
    if (status.ok()) {
      heartbeat_time_ = before;
      may_claim_ = true;
    } else {
      expired = SteadyNow() - heartbeat_time_ > kLease;
    }
  }
  if (!status.ok()) {
    Warn("task_heartbeat_failed", status);
  }
  if (expired) {
    StopRuns(StopReason::kLost, [](const Run&) { return true; });
  }
}

void Worker::CompareRuns() {
  const absl::Time before = SteadyNow();
  absl::StatusOr<std::vector<HeldLease>> held = leases_.Held(options_.worker_id);
  if (!held.ok()) {
    Warn("task_leases_not_checked", held.status());
    return;
  }
  std::map<std::pair<std::string, int64_t>, bool> stored;  // whether it is to stop
  for (const HeldLease& lease : *held) {
    stored[{lease.task_id, lease.token}] = lease.cancel_requested;
  }
  StopRuns(StopReason::kCancelled, [&](const Run& run) {
    const auto it = stored.find({run.task.id, run.task.lease_token});
    return it != stored.end() && it->second;
  });
  StopRuns(StopReason::kLost, [&](const Run& run) {
    return run.claim_time < before && !stored.contains({run.task.id, run.task.lease_token});
  });
  std::vector<Lease> unknown;
  std::map<std::pair<std::string, int64_t>, absl::Time> strangers;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [key, cancel] : stored) {
      if (runs_.contains(key)) {
        continue;
      }
      const auto [it, first] = strangers.emplace(key, before);
      if (const auto seen = strangers_.find(key); seen != strangers_.end()) {
        it->second = seen->second;
        if (before - seen->second > kStrangerAge) {
          unknown.push_back({key.first, key.second});
        }
      }
    }
  }
  strangers_ = std::move(strangers);
  if (!unknown.empty()) {
    LogWarn("unknown_runs_given_back", {{"tasks", unknown.size()}});
    for (const std::string& queue : leases_.Release(unknown).value_or(std::set<std::string>())) {
      doorbell_.Ring(queue);
    }
  }
}

void Worker::StopRuns(StopReason reason, absl::FunctionRef<bool(const Run&)> which) {
  absl::MutexLock lock(&mutex_);
  for (const auto& [key, run] : runs_) {
    if (run->reason == StopReason::kNone && which(*run)) {
      run->reason = reason;
      run->cancel.Cancel();
    }
  }
}

// Ending the process.

void Worker::GiveBack(const std::vector<std::shared_ptr<Run>>& runs, absl::Duration pause) {
  std::vector<Lease> leases;
  for (const auto& run : runs) {
    leases.push_back(run->lease());
  }
  if (leases.empty()) {
    return;
  }
  absl::StatusOr<std::set<std::string>> queues = leases_.Release(leases, pause);
  if (!queues.ok()) {
    Warn("tasks_not_given_back", queues.status());  // they are rescued when the lease runs out
    return;
  }
  for (const std::string& queue : *queues) {
    doorbell_.Ring(queue);
  }
}

void Worker::Drain(absl::Time deadline) {
  std::vector<std::shared_ptr<Run>> waiting;
  {
    absl::MutexLock lock(&mutex_);
    draining_ = true;
  }
  claimer_.join();
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& lane : lanes_) {
      waiting.insert(waiting.end(), lane->waiting.begin(), lane->waiting.end());
      lane->waiting.clear();
    }
    for (const auto& run : waiting) {
      runs_.erase({run->task.id, run->task.lease_token});
    }
  }
  GiveBack(waiting, absl::ZeroDuration());
  for (const auto& run : waiting) {
    metrics_.Ended(run->task.queue, "released");
  }
  auto idle = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return runs_.empty(); };
  const absl::Time now = absl::Now();
  bool done = false;
  {
    absl::MutexLock lock(&mutex_);
    done = mutex_.AwaitWithDeadline(absl::Condition(&idle), now + (deadline - now) / 2);
  }
  if (!done) {
    StopRuns(StopReason::kDraining, [](const Run&) { return true; });
    std::vector<std::shared_ptr<Run>> unfinished;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithDeadline(absl::Condition(&idle), deadline - absl::Milliseconds(300));
      for (const auto& [key, run] : runs_) {
        unfinished.push_back(run);
      }
    }
    GiveBack(unfinished, absl::ZeroDuration());
  }
}

void Worker::Stop() {
  if (!lease_keeper_.joinable()) {
    return;
  }
  {
    absl::MutexLock lock(&mutex_);
    draining_ = true;
    stopping_ = true;
  }
  StopRuns(StopReason::kDraining, [](const Run&) { return true; });
  if (claimer_.joinable()) {
    claimer_.join();
  }
  for (std::thread& slot : slots_) {
    slot.join();
  }
  slots_.clear();
  completer_.join();
  lease_keeper_.join();
  // Whatever is left is another's at once.
  leases_.Forget(options_.worker_id).IgnoreError();
}

}  // namespace jobmesh::scraper::tasks
