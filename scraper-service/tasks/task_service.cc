#include "scraper-service/tasks/task_service.h"

#include <algorithm>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/time/clock.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "runtime/timestamp.h"
#include "scraper-service/tasks/idempotency.h"
#include "scraper-service/tasks/task_message.h"

namespace jobmesh::scraper::tasks {
namespace {

namespace v1 = jobmesh::tasks::v1;
using runtime::InvalidField;
using runtime::postgres::Tx;
using runtime::rpc::CallContext;

constexpr int kMost = 1000;
constexpr int kDefaultPage = 100;
constexpr absl::Duration kWaitPoll = absl::Seconds(1);
constexpr absl::Duration kLongestWait = absl::Seconds(30);
// The answer must leave before the caller's deadline.
constexpr absl::Duration kReserve = absl::Milliseconds(200);

absl::StatusOr<int> PageSize(int asked) {
  if (asked < 0 || asked > kMost) {
    return InvalidField("page_size", "must be between 0 and 1000");
  }
  return asked == 0 ? kDefaultPage : asked;
}

absl::Status AtMost(int size, const char* field) {
  return size > kMost ? InvalidField(field, "must have at most 1000 members") : absl::OkStatus();
}

absl::Status Required(const std::string& value, const char* field) {
  return value.empty() ? InvalidField(field, "is required") : absl::OkStatus();
}

// The same bytes for the same request: maps have no order of their own.
std::string Deterministic(const google::protobuf::Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return bytes;
}

// A page and the token of the next one. One task more than the page was asked for.
template <class Response>
Response PageOf(std::vector<Task> tasks, int size) {
  Response response;
  if (static_cast<int>(tasks.size()) > size) {
    tasks.pop_back();
    response.set_next_page_token(tasks.back().id);
  }
  for (const Task& task : tasks) {
    *response.add_tasks() = ToMessage(task);
  }
  return response;
}

}  // namespace

TaskHandlers::TaskHandlers(TaskServiceParts parts) : parts_(parts) {
  parts_.doorbell.OnRing([this](const std::string&) {
    absl::MutexLock lock(&mutex_);
    ++rings_;
  });
}

absl::StatusOr<v1::EnqueueResponse> TaskHandlers::Enqueue(const CallContext&,
                                                          const v1::EnqueueRequest& request) {
  RETURN_IF_ERROR(AtMost(request.tasks_size(), "tasks"));
  std::vector<TaskSpec> specs;
  std::set<std::string> queues;
  for (const v1::TaskSpec& message : request.tasks()) {
    ASSIGN_OR_RETURN(TaskSpec spec, FromMessage(message));
    queues.insert(spec.queue);
    specs.push_back(std::move(spec));
  }
  const IdempotentRequest once{.caller = "mesh:" + request.caller(),
                               .key = request.idempotency_key(),
                               .body = Deterministic(request)};
  ASSIGN_OR_RETURN(
      v1::EnqueueResponse response,
      parts_.pool.InTransaction([&](Tx& tx) -> absl::StatusOr<v1::EnqueueResponse> {
        v1::EnqueueResponse answer;
        if (!once.key.empty()) {
          ASSIGN_OR_RETURN(std::optional<std::string> before, FindAnswerIn(tx, once));
          if (before) {
            answer.ParseFromString(absl::HexStringToBytes(*before));
            return answer;
          }
        }
        ASSIGN_OR_RETURN(std::vector<Enqueued> enqueued, TaskRepository::EnqueueIn(tx, specs));
        for (const Enqueued& task : enqueued) {
          v1::EnqueuedTask* entry = answer.add_tasks();
          entry->set_task_id(task.id);
          entry->set_created(task.created);
        }
        if (!once.key.empty()) {
          RETURN_IF_ERROR(
              KeepAnswerIn(tx, once, absl::BytesToHexString(answer.SerializeAsString())));
        }
        return answer;
      }));
  for (const std::string& queue : queues) {
    parts_.doorbell.Ring(queue);
  }
  return response;
}

absl::StatusOr<v1::GetTaskResponse> TaskHandlers::GetTask(const CallContext&,
                                                          const v1::GetTaskRequest& request) {
  ASSIGN_OR_RETURN(Task task, parts_.tasks.Get(request.task_id()));
  ASSIGN_OR_RETURN(auto logs, parts_.tasks.ReadLogs({task.id}));
  v1::GetTaskResponse response;
  *response.mutable_task() = ToMessage(task);
  for (const TaskLogLine& line : logs[task.id]) {
    *response.add_log() = ToMessage(line);
  }
  return response;
}

absl::StatusOr<v1::ListTasksResponse> TaskHandlers::ListTasks(const CallContext&,
                                                              const v1::ListTasksRequest& request) {
  ASSIGN_OR_RETURN(const int size, PageSize(request.page_size()));
  TaskFilter filter;
  if (request.has_family()) {
    filter.family = request.family();
  }
  for (const int state : request.states()) {
    const auto known = FromMessage(static_cast<v1::TaskState>(state));
    if (!known) {
      return InvalidField("states", "has a member that is no state");
    }
    filter.states.push_back(*known);
  }
  filter.operations = {request.operations().begin(), request.operations().end()};
  filter.queue = request.queue();
  filter.target = request.target();
  filter.owner = request.owner();
  filter.after = request.page_token();
  filter.limit = size + 1;
  ASSIGN_OR_RETURN(std::vector<Task> tasks, parts_.tasks.List(filter));
  return PageOf<v1::ListTasksResponse>(std::move(tasks), size);
}

absl::StatusOr<v1::CancelTaskResponse> TaskHandlers::CancelTask(
    const CallContext&, const v1::CancelTaskRequest& request) {
  ASSIGN_OR_RETURN(Task task, parts_.tasks.Cancel(request.task_id(), request.reason()));
  v1::CancelTaskResponse response;
  *response.mutable_task() = ToMessage(task);
  return response;
}

absl::StatusOr<v1::ListDeadLettersResponse> TaskHandlers::ListDeadLetters(
    const CallContext&, const v1::ListDeadLettersRequest& request) {
  ASSIGN_OR_RETURN(const int size, PageSize(request.page_size()));
  ASSIGN_OR_RETURN(std::vector<Task> tasks,
                   parts_.queues.DeadLetters(request.queue(), request.page_token(), size + 1));
  return PageOf<v1::ListDeadLettersResponse>(std::move(tasks), size);
}

absl::StatusOr<v1::RedriveTasksResponse> TaskHandlers::RedriveTasks(
    const CallContext&, const v1::RedriveTasksRequest& request) {
  RETURN_IF_ERROR(AtMost(request.task_ids_size(), "task_ids"));
  v1::RedriveTasksResponse response;
  for (const std::string& id : request.task_ids()) {
    absl::StatusOr<Task> task = parts_.tasks.Redrive(id);
    if (task.ok()) {
      response.add_redriven_ids(task->id);
    } else if (!absl::IsNotFound(task.status()) && !absl::IsFailedPrecondition(task.status())) {
      return task.status();
    }
  }
  return response;
}

absl::StatusOr<v1::ListQueuesResponse> TaskHandlers::ListQueues(const CallContext&,
                                                                const v1::ListQueuesRequest&) {
  ASSIGN_OR_RETURN(std::vector<QueueCounts> counts, parts_.queues.Counts());
  ASSIGN_OR_RETURN(std::vector<WorkerState> workers, parts_.queues.Workers());
  v1::ListQueuesResponse response;
  for (const QueueCounts& count : counts) {
    v1::QueueState* queue = response.add_queues();
    queue->set_queue(count.queue);
    queue->set_ready(count.ready);
    queue->set_delayed(count.delayed);
    queue->set_blocked(count.blocked);
    queue->set_running(count.running);
    queue->set_dead(count.dead);
    queue->mutable_oldest_ready()->set_seconds(absl::ToInt64Seconds(count.oldest));
  }
  for (const WorkerState& state : workers) {
    v1::WorkerState* worker = response.add_workers();
    worker->set_worker_id(state.worker_id);
    worker->set_alive(state.alive);
    *worker->mutable_start_time() = runtime::ToTimestamp(state.start_time);
    for (const std::string& queue : state.queues) {
      worker->add_queues(queue);
    }
    worker->set_running(state.running);
  }
  return response;
}

absl::StatusOr<v1::PauseQueueResponse> TaskHandlers::PauseQueue(
    const CallContext&, const v1::PauseQueueRequest& request) {
  RETURN_IF_ERROR(Required(request.queue(), "queue"));
  RETURN_IF_ERROR(parts_.queues.SetPaused(request.queue(), request.paused()));
  parts_.doorbell.Ring(request.queue());
  return v1::PauseQueueResponse();
}

absl::StatusOr<v1::HeartbeatResponse> TaskHandlers::Heartbeat(const CallContext&,
                                                              const v1::HeartbeatRequest& request) {
  RETURN_IF_ERROR(Required(request.worker_id(), "worker_id"));
  RETURN_IF_ERROR(parts_.leases.Heartbeat(request.worker_id(),
                                          {request.queues().begin(), request.queues().end()}));
  ASSIGN_OR_RETURN(std::vector<HeldLease> held, parts_.leases.Held(request.worker_id()));
  v1::HeartbeatResponse response;
  for (const HeldLease& lease : held) {
    v1::HeldRun* run = response.add_runs();
    run->mutable_lease()->set_task_id(lease.task_id);
    run->mutable_lease()->set_lease_token(lease.token);
    run->set_cancel_requested(lease.cancel_requested);
  }
  return response;
}

absl::StatusOr<v1::ClaimTasksResponse> TaskHandlers::ClaimTasks(
    const CallContext& call, const v1::ClaimTasksRequest& request) {
  RETURN_IF_ERROR(Required(request.worker_id(), "worker_id"));
  RETURN_IF_ERROR(Required(request.queue(), "queue"));
  if (request.max_tasks() < 0 || request.max_tasks() > kMost) {
    return InvalidField("max_tasks", "must be between 0 and 1000");
  }
  RETURN_IF_ERROR(parts_.leases.Heartbeat(request.worker_id(), {request.queue()}));
  const absl::Duration wait =
      std::clamp(DurationOf(request.wait()), absl::ZeroDuration(), kLongestWait);
  const absl::Time until = std::min(absl::Now() + wait, call.deadline() - kReserve);
  while (true) {
    uint64_t seen = 0;
    {
      absl::MutexLock lock(&mutex_);
      seen = rings_;
    }
    ASSIGN_OR_RETURN(std::vector<Task> tasks,
                     parts_.leases.Claim(request.worker_id(), request.queue(),
                                         std::max(1, request.max_tasks())));
    if (!tasks.empty() || absl::Now() >= until) {
      v1::ClaimTasksResponse response;
      for (const Task& task : tasks) {
        v1::Task* message = response.add_tasks();
        *message = ToMessage(task);
        message->set_lease_token(task.lease_token);
      }
      return response;
    }
    absl::MutexLock lock(&mutex_);
    auto rung = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return rings_ != seen; };
    mutex_.AwaitWithDeadline(absl::Condition(&rung), std::min(until, absl::Now() + kWaitPoll));
  }
}

absl::StatusOr<v1::ReportProgressResponse> TaskHandlers::ReportProgress(
    const CallContext&, const v1::ReportProgressRequest& request) {
  if (request.has_progress() && !(request.progress() >= 0 && request.progress() <= 1)) {
    return InvalidField("progress", "must be between 0 and 1");
  }
  const Lease lease = FromMessage(request.lease());
  RETURN_IF_ERROR(parts_.leases.Log(lease, {request.log().begin(), request.log().end()}));
  ASSIGN_OR_RETURN(const bool cancel_requested,
                   parts_.leases.Report(
                       lease, request.has_phase() ? std::optional(request.phase()) : std::nullopt,
                       request.has_progress() ? std::optional(request.progress()) : std::nullopt));
  v1::ReportProgressResponse response;
  response.set_cancel_requested(cancel_requested);
  return response;
}

absl::StatusOr<v1::CompleteTasksResponse> TaskHandlers::CompleteTasks(
    const CallContext&, const v1::CompleteTasksRequest& request) {
  RETURN_IF_ERROR(AtMost(request.runs_size(), "runs"));
  std::vector<CompletedRun> runs;
  for (const v1::CompletedRun& run : request.runs()) {
    runs.push_back({FromMessage(run.lease()), run.has_result() ? JsonOf(run.result()) : ""});
  }
  ASSIGN_OR_RETURN(std::set<std::string> completed, parts_.leases.Complete(runs));
  parts_.doorbell.Ring("");  // places of limits may be free
  v1::CompleteTasksResponse response;
  for (const std::string& id : completed) {
    response.add_completed_ids(id);
  }
  return response;
}

absl::StatusOr<v1::AdvanceTaskResponse> TaskHandlers::AdvanceTask(
    const CallContext&, const v1::AdvanceTaskRequest& request) {
  RETURN_IF_ERROR(Required(request.queue(), "queue"));
  ASSIGN_OR_RETURN(
      const TaskState state,
      parts_.leases.Advance(
          FromMessage(request.lease()),
          {.queue = request.queue(),
           .phase = request.phase(),
           .on_crash = request.on_crash() == v1::FAIL ? OnCrash::kFail : OnCrash::kRequeue},
          nullptr));
  parts_.doorbell.Ring(request.queue());
  v1::AdvanceTaskResponse response;
  response.set_state(ToMessage(state));
  return response;
}

absl::StatusOr<v1::FailTaskResponse> TaskHandlers::FailTask(const CallContext&,
                                                            const v1::FailTaskRequest& request) {
  RETURN_IF_ERROR(Required(request.error(), "error"));
  std::optional<absl::Duration> pause;
  if (request.has_pause()) {
    pause = DurationOf(request.pause());
  }
  ASSIGN_OR_RETURN(
      const TaskState state,
      parts_.leases.Fail(FromMessage(request.lease()), request.error(), request.final(), pause));
  parts_.doorbell.Ring("");
  v1::FailTaskResponse response;
  response.set_state(ToMessage(state));
  return response;
}

absl::StatusOr<v1::ReleaseTasksResponse> TaskHandlers::ReleaseTasks(
    const CallContext&, const v1::ReleaseTasksRequest& request) {
  RETURN_IF_ERROR(AtMost(request.leases_size(), "leases"));
  std::vector<Lease> leases;
  for (const v1::Lease& lease : request.leases()) {
    leases.push_back(FromMessage(lease));
  }
  ASSIGN_OR_RETURN(std::set<std::string> queues,
                   parts_.leases.Release(leases, DurationOf(request.pause())));
  for (const std::string& queue : queues) {
    parts_.doorbell.Ring(queue);
  }
  return v1::ReleaseTasksResponse();
}

runtime::rpc::StreamEvents<v1::WatchTaskRequest> TaskHandlers::WatchTask(
    const CallContext&, const v1::WatchTaskRequest& request,
    std::shared_ptr<runtime::rpc::StreamWriter<v1::WatchTaskResponse>> writer) {
  parts_.watcher.Add(request.task_id(), writer);
  return {.on_message = nullptr, .on_half_close = nullptr, .on_closed = [this, writer] {
            parts_.watcher.Remove(writer);
          }};
}

std::unique_ptr<runtime::rpc::Service> MakeTaskService(TaskHandlers& handlers) {
  auto service = std::make_unique<runtime::rpc::Service>("jobmesh.tasks.v1.TaskService");
  service->Unary("Enqueue", &handlers, &TaskHandlers::Enqueue)
      .Unary("GetTask", &handlers, &TaskHandlers::GetTask)
      .Unary("ListTasks", &handlers, &TaskHandlers::ListTasks)
      .ServerStream("WatchTask", &handlers, &TaskHandlers::WatchTask)
      .Unary("CancelTask", &handlers, &TaskHandlers::CancelTask)
      .Unary("ListDeadLetters", &handlers, &TaskHandlers::ListDeadLetters)
      .Unary("RedriveTasks", &handlers, &TaskHandlers::RedriveTasks)
      .Unary("ListQueues", &handlers, &TaskHandlers::ListQueues)
      .Unary("PauseQueue", &handlers, &TaskHandlers::PauseQueue)
      .Unary("Heartbeat", &handlers, &TaskHandlers::Heartbeat)
      .Unary("ClaimTasks", &handlers, &TaskHandlers::ClaimTasks)
      .Unary("ReportProgress", &handlers, &TaskHandlers::ReportProgress)
      .Unary("CompleteTasks", &handlers, &TaskHandlers::CompleteTasks)
      .Unary("AdvanceTask", &handlers, &TaskHandlers::AdvanceTask)
      .Unary("FailTask", &handlers, &TaskHandlers::FailTask)
      .Unary("ReleaseTasks", &handlers, &TaskHandlers::ReleaseTasks);
  return service;
}

}  // namespace jobmesh::scraper::tasks
