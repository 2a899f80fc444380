#pragma once

#include <memory>

#include "jobmesh/imports/v1/import_jobs.pb.h"
#include "runtime/rpc/service.h"
#include "scraper-service/imports/job_auth.h"
#include "scraper-service/imports/job_repository.h"

namespace jobmesh::scraper::imports {

// jobmesh.imports.v1.ImportJobService: see the proto. Thread-safe.
class JobHandlers {
 public:
  JobHandlers(JobRepository& jobs, const JobAuth& auth, bool bump_enabled)
      : jobs_(jobs), auth_(auth), bump_enabled_(bump_enabled) {}

  absl::StatusOr<jobmesh::imports::v1::ListJobsResponse> ListJobs(
      const runtime::rpc::CallContext& call, const jobmesh::imports::v1::ListJobsRequest& request);
  absl::StatusOr<jobmesh::imports::v1::CreateJobsResponse> CreateJobs(
      const runtime::rpc::CallContext& call,
      const jobmesh::imports::v1::CreateJobsRequest& request);
  absl::StatusOr<jobmesh::imports::v1::GetJobResponse> GetJob(
      const runtime::rpc::CallContext& call, const jobmesh::imports::v1::GetJobRequest& request);
  absl::StatusOr<jobmesh::imports::v1::UpdateJobResponse> UpdateJob(
      const runtime::rpc::CallContext& call, const jobmesh::imports::v1::UpdateJobRequest& request);
  absl::StatusOr<jobmesh::imports::v1::ListTargetsResponse> ListTargets(
      const runtime::rpc::CallContext& call,
      const jobmesh::imports::v1::ListTargetsRequest& request);
  absl::StatusOr<jobmesh::imports::v1::ListTargetJobsResponse> ListTargetJobs(
      const runtime::rpc::CallContext& call,
      const jobmesh::imports::v1::ListTargetJobsRequest& request);

 private:
  JobRepository& jobs_;
  const JobAuth& auth_;
  const bool bump_enabled_;
};

std::unique_ptr<runtime::rpc::Service> MakeJobService(JobHandlers& handlers);

}  // namespace jobmesh::scraper::imports
