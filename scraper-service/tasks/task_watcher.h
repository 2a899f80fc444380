#pragma once

#include <map>
#include <memory>
#include <string>
#include <thread>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "jobmesh/tasks/v1/tasks.pb.h"
#include "runtime/lifecycle/part.h"
#include "runtime/rpc/stream.h"
#include "scraper-service/tasks/task_repository.h"

namespace jobmesh::scraper::tasks {

// Tells streams how their tasks get on. One thread reads all watched tasks together, four times a
// second. Thread-safe.
class TaskWatcher : public runtime::lifecycle::Part {
 public:
  using Writer = runtime::rpc::StreamWriter<jobmesh::tasks::v1::WatchTaskResponse>;

  explicit TaskWatcher(TaskRepository& tasks) : tasks_(tasks) {}
  ~TaskWatcher() override;

  // The writer is sent the task's state now and after changes, and finished with the task.
  void Add(const std::string& task_id, std::shared_ptr<Writer> writer);
  void Remove(const std::shared_ptr<Writer>& writer);

  std::string name() const override { return "task-watcher"; }
  absl::Status Start() override;
  void Stop() override;

 private:
  struct Watch {
    std::string task_id;
    absl::Time sent_time = absl::InfinitePast();  // update_time of what was sent last
    int64_t sent_sequence = 0;                    // of the log
  };
  using Watches = std::map<std::shared_ptr<Writer>, Watch>;

  void Run();
  absl::Status Look(Watches& watches);

  TaskRepository& tasks_;
  absl::Mutex mutex_;
  Watches watches_ ABSL_GUARDED_BY(mutex_);
  bool added_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace jobmesh::scraper::tasks
