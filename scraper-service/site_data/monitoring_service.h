#pragma once

#include <memory>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "jobmesh/site_data/v1/monitoring.pb.h"
#include "runtime/postgres/pool.h"
#include "runtime/rpc/service.h"
#include "scraper-service/access/caller_check.h"
#include "scraper-service/site_data/item_store.h"
#include "scraper-service/tasks/queue_repository.h"
#include "scraper-service/tasks/task_repository.h"

namespace jobmesh::scraper::site_data {

// What is looked at; all of it outlives the handlers.
struct MonitoredParts {
  runtime::postgres::Pool& pool;
  tasks::TaskRepository& tasks;
  tasks::QueueRepository& queues;
  ItemPages& pages;
  std::string instance;
};

// jobmesh.site_data.v1.MonitoringService: see the proto. Thread-safe.
class MonitoringHandlers {
 public:
  MonitoringHandlers(MonitoredParts parts, CallerCheck callers)
      : parts_(std::move(parts)), callers_(callers) {}

  absl::StatusOr<jobmesh::site_data::v1::GetHealthResponse> GetHealth(
      const runtime::rpc::CallContext& call,
      const jobmesh::site_data::v1::GetHealthRequest& request);
  absl::StatusOr<jobmesh::site_data::v1::GetMonitoredTaskResponse> GetTask(
      const runtime::rpc::CallContext& call,
      const jobmesh::site_data::v1::GetMonitoredTaskRequest& request);
  absl::StatusOr<jobmesh::site_data::v1::ListWorkersResponse> ListWorkers(
      const runtime::rpc::CallContext& call,
      const jobmesh::site_data::v1::ListWorkersRequest& request);
  absl::StatusOr<jobmesh::site_data::v1::ListQueuesResponse> ListQueues(
      const runtime::rpc::CallContext& call,
      const jobmesh::site_data::v1::ListQueuesRequest& request);
  absl::StatusOr<jobmesh::site_data::v1::GetSystemInfoResponse> GetSystemInfo(
      const runtime::rpc::CallContext& call,
      const jobmesh::site_data::v1::GetSystemInfoRequest& request);
  absl::StatusOr<jobmesh::site_data::v1::GetCacheStatsResponse> GetCacheStats(
      const runtime::rpc::CallContext& call,
      const jobmesh::site_data::v1::GetCacheStatsRequest& request);
  absl::StatusOr<jobmesh::site_data::v1::ClearCacheResponse> ClearCache(
      const runtime::rpc::CallContext& call,
      const jobmesh::site_data::v1::ClearCacheRequest& request);

 private:
  MonitoredParts parts_;
  const CallerCheck callers_;
  const absl::Time start_time_ = absl::Now();
};

std::unique_ptr<runtime::rpc::Service> MakeMonitoringService(MonitoringHandlers& handlers);

}  // namespace jobmesh::scraper::site_data
