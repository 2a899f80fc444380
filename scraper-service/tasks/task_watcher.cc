#include "scraper-service/tasks/task_watcher.h"

#include "runtime/status_macros.h"
#include "runtime/telemetry/log.h"
#include "scraper-service/tasks/task_message.h"

namespace jobmesh::scraper::tasks {
namespace {

constexpr absl::Duration kWatchPoll = absl::Milliseconds(250);

}  // namespace

TaskWatcher::~TaskWatcher() { Stop(); }

absl::Status TaskWatcher::Start() {
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

void TaskWatcher::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

void TaskWatcher::Add(const std::string& task_id, std::shared_ptr<Writer> writer) {
  absl::MutexLock lock(&mutex_);
  watches_.emplace(std::move(writer), Watch{.task_id = task_id});
  added_ = true;
}

void TaskWatcher::Remove(const std::shared_ptr<Writer>& writer) {
  absl::MutexLock lock(&mutex_);
  watches_.erase(writer);
}

void TaskWatcher::Run() {
  while (true) {
    Watches watches;
    {
      absl::MutexLock lock(&mutex_);
      auto some = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return stopping_ || !watches_.empty();
      };
      mutex_.Await(absl::Condition(&some));
      if (stopping_) {
        return;
      }
      watches = watches_;
      added_ = false;
    }
    const absl::Status status = Look(watches);
    if (!status.ok()) {
      runtime::telemetry::LogWarn("tasks_not_watched",
                                  {{"error.message", std::string(status.message())}});
    }
    absl::MutexLock lock(&mutex_);
    for (const auto& [writer, watch] : watches) {
      const auto it = watches_.find(writer);
      if (it != watches_.end()) {
        it->second = watch;
      }
    }
    auto woken = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || added_; };
    mutex_.AwaitWithTimeout(absl::Condition(&woken), kWatchPoll);
  }
}

absl::Status TaskWatcher::Look(Watches& watches) {
  std::vector<std::string> ids;
  for (const auto& [writer, watch] : watches) {
    ids.push_back(watch.task_id);
  }
  // The tasks first: what a finished one logged is then read too.
  ASSIGN_OR_RETURN(auto tasks, tasks_.GetAll(ids));
  ASSIGN_OR_RETURN(auto logs, tasks_.ReadLogs(ids));
  for (auto& [writer, watch] : watches) {
    const auto found = tasks.find(watch.task_id);
    if (found == tasks.end()) {
      writer->Finish(TaskNotFound(watch.task_id));
      continue;
    }
    const Task& task = found->second;
    jobmesh::tasks::v1::WatchTaskResponse response;
    for (const TaskLogLine& line : logs[watch.task_id]) {
      if (line.sequence > watch.sent_sequence) {
        watch.sent_sequence = line.sequence;
        *response.add_log() = ToMessage(line);
      }
    }
    // Not only when it is later: a transaction that waited for the row changes it with the time at
    // which it began.
    if (task.update_time != watch.sent_time || response.log_size() > 0) {
      watch.sent_time = task.update_time;
      *response.mutable_task() = ToMessage(task);
      writer->Send(std::move(response));
    }
    if (IsFinal(task.state)) {
      writer->Finish(absl::OkStatus());
    }
  }
  return absl::OkStatus();
}

}  // namespace jobmesh::scraper::tasks
