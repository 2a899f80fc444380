#pragma once

#include <memory>

#include "jobmesh/named_jobs/v1/named_jobs.pb.h"
#include "runtime/rpc/service.h"
#include "scraper-service/access/caller_check.h"
#include "scraper-service/named_jobs/named_job_repository.h"

namespace jobmesh::scraper::named_jobs {

// jobmesh.named_jobs.v1.NamedJobService: see the proto. Thread-safe.
class NamedJobHandlers {
 public:
  NamedJobHandlers(NamedJobRepository& jobs, tasks::TaskRepository& tasks, CallerCheck callers)
      : jobs_(jobs), tasks_(tasks), callers_(callers) {}

  absl::StatusOr<jobmesh::named_jobs::v1::ExecuteJobResponse> Execute(
      const runtime::rpc::CallContext& call,
      const jobmesh::named_jobs::v1::ExecuteJobRequest& request);
  absl::StatusOr<jobmesh::named_jobs::v1::CreateJobResponse> Create(
      const runtime::rpc::CallContext& call,
      const jobmesh::named_jobs::v1::CreateJobRequest& request);
  absl::StatusOr<jobmesh::named_jobs::v1::FindJobsResponse> Find(
      const runtime::rpc::CallContext& call,
      const jobmesh::named_jobs::v1::FindJobsRequest& request);
  absl::StatusOr<jobmesh::named_jobs::v1::ListJobsResponse> List(
      const runtime::rpc::CallContext& call,
      const jobmesh::named_jobs::v1::ListJobsRequest& request);
  absl::StatusOr<jobmesh::named_jobs::v1::UpdateJobResponse> Update(
      const runtime::rpc::CallContext& call,
      const jobmesh::named_jobs::v1::UpdateJobRequest& request);
  absl::StatusOr<jobmesh::named_jobs::v1::DeleteJobResponse> Delete(
      const runtime::rpc::CallContext& call,
      const jobmesh::named_jobs::v1::DeleteJobRequest& request);

 private:
  NamedJobRepository& jobs_;
  tasks::TaskRepository& tasks_;
  const CallerCheck callers_;
};

std::unique_ptr<runtime::rpc::Service> MakeNamedJobService(NamedJobHandlers& handlers);

}  // namespace jobmesh::scraper::named_jobs
