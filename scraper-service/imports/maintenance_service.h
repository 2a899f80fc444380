#pragma once

#include <memory>

#include "jobmesh/imports/v1/maintenance.pb.h"
#include "runtime/postgres/pool.h"
#include "runtime/rpc/service.h"
#include "scraper-service/imports/job_auth.h"
#include "scraper-service/imports/job_repository.h"
#include "scraper-service/tasks/queue_repository.h"
#include "scraper-service/tasks/task_repository.h"

namespace jobmesh::scraper::imports {

// jobmesh.imports.v1.MaintenanceService: see the proto. Thread-safe.
class MaintenanceHandlers {
 public:
  MaintenanceHandlers(runtime::postgres::Pool& pool, tasks::QueueRepository& queues,
                      tasks::TaskRepository& tasks, const JobAuth& auth)
      : pool_(pool), queues_(queues), tasks_(tasks), auth_(auth) {}

  absl::StatusOr<jobmesh::imports::v1::SetMaintenanceResponse> Set(
      const runtime::rpc::CallContext& call,
      const jobmesh::imports::v1::SetMaintenanceRequest& request);
  absl::StatusOr<jobmesh::imports::v1::GetMaintenanceResponse> Get(
      const runtime::rpc::CallContext& call,
      const jobmesh::imports::v1::GetMaintenanceRequest& request);
  absl::StatusOr<jobmesh::imports::v1::ListMaintenanceResponse> List(
      const runtime::rpc::CallContext& call,
      const jobmesh::imports::v1::ListMaintenanceRequest& request);
  absl::StatusOr<jobmesh::imports::v1::CheckAliveResponse> CheckAlive(
      const runtime::rpc::CallContext& call,
      const jobmesh::imports::v1::CheckAliveRequest& request);
  absl::StatusOr<jobmesh::imports::v1::CheckReadyResponse> CheckReady(
      const runtime::rpc::CallContext& call,
      const jobmesh::imports::v1::CheckReadyRequest& request);

 private:
  // Never empty.
  absl::StatusOr<std::vector<tasks::Maintenance>> History(int limit);

  runtime::postgres::Pool& pool_;
  tasks::QueueRepository& queues_;
  tasks::TaskRepository& tasks_;
  const JobAuth& auth_;
};

std::unique_ptr<runtime::rpc::Service> MakeMaintenanceService(MaintenanceHandlers& handlers);

}  // namespace jobmesh::scraper::imports
