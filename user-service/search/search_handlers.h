#pragma once

#include <memory>

#include "absl/status/statusor.h"

#include "jobmesh/search/v1/search.pb.h"
#include "runtime/rpc/call_context.h"
#include "runtime/rpc/service.h"
#include "user-service/search/job_export.h"
#include "user-service/search/job_search.h"
#include "user-service/search/search_version.h"

namespace jobmesh::user {

// jobmesh.search.v1: FindJobsService and SearchService. Thread-safe.
class SearchHandlers {
 public:
  SearchHandlers(JobSearch& search, const SearchVersion& version)
      : search_(search), version_(version) {}

  absl::StatusOr<search::v1::FindJobsResponse> FindJobs(const runtime::rpc::CallContext& call,
                                                        const search::v1::FindJobsRequest& request);
  absl::StatusOr<search::v1::SearchJobsResponse> SearchJobs(
      const runtime::rpc::CallContext& call, const search::v1::SearchJobsRequest& request);
  absl::StatusOr<search::v1::GetJobFacetsResponse> GetJobFacets(
      const runtime::rpc::CallContext& call, const search::v1::GetJobFacetsRequest& request);
  runtime::rpc::StreamEvents<search::v1::ExportJobsRequest> ExportJobs(
      const runtime::rpc::CallContext& call, const search::v1::ExportJobsRequest& request,
      std::shared_ptr<JobExport::Writer> writer);

  // `handlers` must outlive the services.
  static std::unique_ptr<runtime::rpc::Service> MakeFindJobsService(SearchHandlers* handlers);
  static std::unique_ptr<runtime::rpc::Service> MakeSearchService(SearchHandlers* handlers);

 private:
  // Tells the caller which postings the answer holds at least: taken before they are read.
  void StateVersion(const runtime::rpc::CallContext& call) const;

  JobSearch& search_;
  const SearchVersion& version_;
};

}  // namespace jobmesh::user
