#pragma once

#include <memory>
#include <vector>

#include "jobmesh/site_data/v1/site_data.pb.h"
#include "runtime/rpc/service.h"
#include "scraper-service/access/caller_check.h"
#include "scraper-service/site_data/item_store.h"
#include "scraper-service/site_data/site.h"
#include "scraper-service/site_data/site_job_repository.h"

namespace jobmesh::scraper::site_data {

// jobmesh.site_data.v1.SiteDataService: see the proto. Thread-safe.
class SiteDataHandlers {
 public:
  SiteDataHandlers(const std::vector<Site>& sites, SiteJobRepository& jobs, ItemPages& pages,
                   CallerCheck callers)
      : sites_(sites), jobs_(jobs), pages_(pages), callers_(callers) {}

  absl::StatusOr<jobmesh::site_data::v1::FetchSiteResponse> Fetch(
      const runtime::rpc::CallContext& call,
      const jobmesh::site_data::v1::FetchSiteRequest& request);
  absl::StatusOr<jobmesh::site_data::v1::GetSiteJobResponse> Get(
      const runtime::rpc::CallContext& call,
      const jobmesh::site_data::v1::GetSiteJobRequest& request);
  absl::StatusOr<jobmesh::site_data::v1::CancelSiteJobResponse> Cancel(
      const runtime::rpc::CallContext& call,
      const jobmesh::site_data::v1::CancelSiteJobRequest& request);
  absl::StatusOr<jobmesh::site_data::v1::ListSiteJobItemsResponse> ListOfJob(
      const runtime::rpc::CallContext& call,
      const jobmesh::site_data::v1::ListSiteJobItemsRequest& request);
  absl::StatusOr<jobmesh::site_data::v1::ListSiteItemsResponse> List(
      const runtime::rpc::CallContext& call,
      const jobmesh::site_data::v1::ListSiteItemsRequest& request);

 private:
  const std::vector<Site>& sites_;
  SiteJobRepository& jobs_;
  ItemPages& pages_;
  const CallerCheck callers_;
};

std::unique_ptr<runtime::rpc::Service> MakeSiteDataService(SiteDataHandlers& handlers);

}  // namespace jobmesh::scraper::site_data
