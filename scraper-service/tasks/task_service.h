#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "jobmesh/tasks/v1/tasks.pb.h"
#include "runtime/postgres/pool.h"
#include "runtime/rpc/service.h"
#include "scraper-service/tasks/doorbell.h"
#include "scraper-service/tasks/lease_repository.h"
#include "scraper-service/tasks/queue_repository.h"
#include "scraper-service/tasks/task_repository.h"
#include "scraper-service/tasks/task_watcher.h"

namespace jobmesh::scraper::tasks {

struct TaskServiceParts {
  runtime::postgres::Pool& pool;
  TaskRepository& tasks;
  LeaseRepository& leases;
  QueueRepository& queues;
  TaskWatcher& watcher;
  Doorbell& doorbell;
};

// jobmesh.tasks.v1.TaskService. Thread-safe.
class TaskHandlers {
 public:
  explicit TaskHandlers(TaskServiceParts parts);

#define JM_TASK_METHOD(name)                               \
  absl::StatusOr<jobmesh::tasks::v1::name##Response> name( \
      const runtime::rpc::CallContext& call, const jobmesh::tasks::v1::name##Request& request)
  JM_TASK_METHOD(Enqueue);
  JM_TASK_METHOD(GetTask);
  JM_TASK_METHOD(ListTasks);
  JM_TASK_METHOD(CancelTask);
  JM_TASK_METHOD(ListDeadLetters);
  JM_TASK_METHOD(RedriveTasks);
  JM_TASK_METHOD(ListQueues);
  JM_TASK_METHOD(PauseQueue);
  JM_TASK_METHOD(Heartbeat);
  JM_TASK_METHOD(ClaimTasks);
  JM_TASK_METHOD(ReportProgress);
  JM_TASK_METHOD(CompleteTasks);
  JM_TASK_METHOD(AdvanceTask);
  JM_TASK_METHOD(FailTask);
  JM_TASK_METHOD(ReleaseTasks);
#undef JM_TASK_METHOD
  runtime::rpc::StreamEvents<jobmesh::tasks::v1::WatchTaskRequest> WatchTask(
      const runtime::rpc::CallContext& call, const jobmesh::tasks::v1::WatchTaskRequest& request,
      std::shared_ptr<runtime::rpc::StreamWriter<jobmesh::tasks::v1::WatchTaskResponse>> writer);

 private:
  const TaskServiceParts parts_;
  // Wakes claims that wait for a task.
  absl::Mutex mutex_;
  uint64_t rings_ ABSL_GUARDED_BY(mutex_) = 0;
};

std::unique_ptr<runtime::rpc::Service> MakeTaskService(TaskHandlers& handlers);

}  // namespace jobmesh::scraper::tasks
