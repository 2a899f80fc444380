#include "scraper-service/site_data/monitoring_service.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "scraper_sql.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "runtime/version.h"
#include "scraper-service/site_data/site_job_repository.h"
#include "scraper-service/time_text.h"

namespace jobmesh::scraper::site_data {
namespace {

namespace v1 = jobmesh::site_data::v1;
using runtime::rpc::CallContext;
using tasks::Task;
using tasks::WorkerState;

// JSON writes integers of 64 bits as texts.
template <class T>
int32_t Count(T number) {
  return static_cast<int32_t>(
      std::min<int64_t>(static_cast<int64_t>(number), std::numeric_limits<int32_t>::max()));
}

bool IsTrue(const absl::StatusOr<pqxx::result>& rows) {
  return rows.ok() && !rows->empty() && *(*rows)[0][0].c_str() == 't';
}

// Resident memory of this process (proc(5), statm).
double MemoryMib() {
  std::ifstream file("/proc/self/statm");
  double total = 0;
  double resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

std::string HostName() {
  char name[256] = {};
  return gethostname(name, sizeof(name) - 1) == 0 ? name : "";
}

}  // namespace

absl::StatusOr<v1::GetHealthResponse> MonitoringHandlers::GetHealth(const CallContext&,
                                                                    const v1::GetHealthRequest&) {
  const absl::StatusOr<std::vector<WorkerState>> workers = parts_.queues.Workers();
  const bool has_worker = workers.ok() && std::ranges::any_of(*workers, &WorkerState::alive);
  const bool is_led = IsTrue(parts_.pool.Execute(sql::kIsTaskSchedulerLed));
  v1::GetHealthResponse response;
  bool is_healthy = true;
  for (const auto& [name, healthy] :
       {std::pair("database", workers.ok()), std::pair("workers", has_worker),
        std::pair("scheduler", is_led)}) {
    (*response.mutable_components())[name] = healthy ? "healthy" : "unhealthy";
    is_healthy = is_healthy && healthy;
  }
  response.set_status(is_healthy ? "healthy" : "unhealthy");
  response.set_timestamp(TimeText(absl::Now()));
  return response;
}

absl::StatusOr<v1::GetMonitoredTaskResponse> MonitoringHandlers::GetTask(
    const CallContext& call, const v1::GetMonitoredTaskRequest& request) {
  RETURN_IF_ERROR(callers_.Check(call).status());
  const absl::StatusOr<Task> task = parts_.tasks.Get(request.task_id());
  if (absl::IsNotFound(task.status()) || (task.ok() && task->family != kFamily)) {
    return runtime::Error(absl::StatusCode::kNotFound, runtime::ErrorReason::TASK_NOT_FOUND,
                          absl::StrCat("Task ", request.task_id(), " not found"));
  }
  RETURN_IF_ERROR(task.status());
  v1::GetMonitoredTaskResponse response;
  response.set_task_id(task->id);
  response.set_state(std::string(tasks::StateName(task->state)));
  response.set_queue(task->queue);
  response.set_operation(task->operation);
  response.set_attempt(task->attempt);
  response.set_max_attempts(task->max_attempts);
  response.set_rescues(task->rescues);
  response.set_progress(task->progress);
  response.set_worker(task->worker_id);
  response.set_error(task->error);
  response.set_created_at(TimeText(task->create_time));
  response.set_updated_at(TimeText(task->update_time));
  return response;
}

absl::StatusOr<v1::ListWorkersResponse> MonitoringHandlers::ListWorkers(
    const CallContext& call, const v1::ListWorkersRequest&) {
  RETURN_IF_ERROR(callers_.Check(call).status());
  ASSIGN_OR_RETURN(std::vector<WorkerState> workers, parts_.queues.Workers());
  v1::ListWorkersResponse response;
  for (WorkerState& worker : workers) {
    v1::MonitoredWorker* shown = response.add_workers();
    shown->set_worker(worker.worker_id);
    shown->set_alive(worker.alive);
    shown->set_running(Count(worker.running));
    for (std::string& queue : worker.queues) {
      shown->add_queues(std::move(queue));
    }
    shown->set_started_at(TimeText(worker.start_time));
  }
  response.set_total(Count(workers.size()));
  response.set_alive(Count(std::ranges::count_if(workers, &WorkerState::alive)));
  return response;
}

absl::StatusOr<v1::ListQueuesResponse> MonitoringHandlers::ListQueues(
    const CallContext& call, const v1::ListQueuesRequest&) {
  RETURN_IF_ERROR(callers_.Check(call).status());
  ASSIGN_OR_RETURN(const std::vector<tasks::QueueCounts> queues, parts_.queues.Counts());
  v1::ListQueuesResponse response;
  for (const tasks::QueueCounts& queue : queues) {
    v1::MonitoredQueue* shown = response.add_queues();
    shown->set_queue(queue.queue);
    shown->set_ready(Count(queue.ready));
    shown->set_delayed(Count(queue.delayed));
    shown->set_blocked(Count(queue.blocked));
    shown->set_running(Count(queue.running));
    shown->set_dead(Count(queue.dead));
    shown->set_oldest_seconds(absl::ToDoubleSeconds(queue.oldest));
  }
  return response;
}

absl::StatusOr<v1::GetSystemInfoResponse> MonitoringHandlers::GetSystemInfo(
    const CallContext& call, const v1::GetSystemInfoRequest&) {
  ASSIGN_OR_RETURN(const auto caller, callers_.Check(call));
  RETURN_IF_ERROR(CheckAdmin(caller));
  ASSIGN_OR_RETURN(const pqxx::result server, parts_.pool.Execute(sql::kServerVersion));
  double load = 0;
  getloadavg(&load, 1);
  v1::GetSystemInfoResponse response;
  response.set_version(runtime::kVersion);
  response.set_instance(parts_.instance);
  response.set_hostname(HostName());
  response.set_pid(getpid());
  response.set_uptime_seconds(absl::ToDoubleSeconds(absl::Now() - start_time_));
  response.set_cpus(Count(std::thread::hardware_concurrency()));
  response.set_load(load);
  response.set_memory_mib(MemoryMib());
  response.set_database(absl::StrCat("PostgreSQL ", server[0][0].c_str()));
  return response;
}

absl::StatusOr<v1::GetCacheStatsResponse> MonitoringHandlers::GetCacheStats(
    const CallContext& call, const v1::GetCacheStatsRequest&) {
  RETURN_IF_ERROR(callers_.Check(call).status());
  const runtime::cache::CacheStats stats = parts_.pages.Stats();
  const auto asked = static_cast<double>(stats.hits + stats.misses);
  v1::GetCacheStatsResponse response;
  response.set_hits(Count(stats.hits));
  response.set_misses(Count(stats.misses));
  response.set_evictions(Count(stats.evictions));
  response.set_hit_rate(asked > 0 ? static_cast<double>(stats.hits) / asked : 0);
  response.set_ttl_seconds(Count(absl::ToInt64Seconds(kItemsLife)));
  response.set_instance(parts_.instance);
  return response;
}

absl::StatusOr<v1::ClearCacheResponse> MonitoringHandlers::ClearCache(
    const CallContext& call, const v1::ClearCacheRequest&) {
  ASSIGN_OR_RETURN(const auto caller, callers_.Check(call));
  RETURN_IF_ERROR(CheckAdmin(caller));
  parts_.pages.Forget();  // the others hear it
  RETURN_IF_ERROR(parts_.pool.Execute(sql::kNotify, kItemsChannel).status());
  v1::ClearCacheResponse response;
  response.set_message("Cache cleared");
  response.set_status("success");
  return response;
}

std::unique_ptr<runtime::rpc::Service> MakeMonitoringService(MonitoringHandlers& handlers) {
  auto service = std::make_unique<runtime::rpc::Service>("jobmesh.site_data.v1.MonitoringService");
  service->Unary("GetHealth", &handlers, &MonitoringHandlers::GetHealth)
      .Unary("GetMonitoredTask", &handlers, &MonitoringHandlers::GetTask)
      .Unary("ListWorkers", &handlers, &MonitoringHandlers::ListWorkers)
      .Unary("ListQueues", &handlers, &MonitoringHandlers::ListQueues)
      .Unary("GetSystemInfo", &handlers, &MonitoringHandlers::GetSystemInfo)
      .Unary("GetCacheStats", &handlers, &MonitoringHandlers::GetCacheStats)
      .Unary("ClearCache", &handlers, &MonitoringHandlers::ClearCache);
  return service;
}

}  // namespace jobmesh::scraper::site_data
