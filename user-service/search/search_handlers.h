#pragma once

#include <memory>

#include "absl/status/statusor.h"

#include "jobmesh/search/v1/search.pb.h"
#include "runtime/rpc/call_context.h"
#include "runtime/rpc/service.h"
#include "user-service/search/job_search.h"

namespace jobmesh::user {

// jobmesh.search.v1: FindJobsService and SearchService. Thread-safe.
class SearchHandlers {
 public:
  explicit SearchHandlers(JobSearch& search) : search_(search) {}

  absl::StatusOr<search::v1::FindJobsResponse> FindJobs(const runtime::rpc::CallContext& call,
                                                        const search::v1::FindJobsRequest& request);
  absl::StatusOr<search::v1::SearchJobsResponse> SearchJobs(
      const runtime::rpc::CallContext& call, const search::v1::SearchJobsRequest& request);
  absl::StatusOr<search::v1::GetJobFacetsResponse> GetJobFacets(
      const runtime::rpc::CallContext& call, const search::v1::GetJobFacetsRequest& request);

  // `handlers` must outlive the services.
  static std::unique_ptr<runtime::rpc::Service> MakeFindJobsService(SearchHandlers* handlers);
  static std::unique_ptr<runtime::rpc::Service> MakeSearchService(SearchHandlers* handlers);

 private:
  JobSearch& search_;
};

}  // namespace jobmesh::user
