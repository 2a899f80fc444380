#pragma once

#include <memory>
#include <string>
#include <vector>

#include "jobmesh/site_data/v1/site_scheduler.pb.h"
#include "runtime/rpc/service.h"
#include "scraper-service/access/caller_check.h"
#include "scraper-service/site_data/site.h"
#include "scraper-service/tasks/schedule_repository.h"

namespace jobmesh::scraper::site_data {

// Name of the one schedule that fetches all enabled sites.
inline constexpr char kSchedule[] = "000/hourly";

// Fetches all enabled sites at every full hour. Put again, it stays started or stopped as it was.
tasks::Schedule HourlyFetch();

// jobmesh.site_data.v1.SiteSchedulerService: see the proto. Thread-safe.
class SiteSchedulerHandlers {
 public:
  SiteSchedulerHandlers(const std::vector<Site>& sites, tasks::ScheduleRepository& schedules,
                        CallerCheck callers)
      : sites_(sites), schedules_(schedules), callers_(callers) {}

  absl::StatusOr<jobmesh::site_data::v1::GetSchedulerStatusResponse> GetStatus(
      const runtime::rpc::CallContext& call,
      const jobmesh::site_data::v1::GetSchedulerStatusRequest& request);
  absl::StatusOr<jobmesh::site_data::v1::StartSchedulerResponse> Start(
      const runtime::rpc::CallContext& call,
      const jobmesh::site_data::v1::StartSchedulerRequest& request);
  absl::StatusOr<jobmesh::site_data::v1::StopSchedulerResponse> Stop(
      const runtime::rpc::CallContext& call,
      const jobmesh::site_data::v1::StopSchedulerRequest& request);
  absl::StatusOr<jobmesh::site_data::v1::ListSiteConfigsResponse> ListConfigs(
      const runtime::rpc::CallContext& call,
      const jobmesh::site_data::v1::ListSiteConfigsRequest& request);
  absl::StatusOr<jobmesh::site_data::v1::ListNextRunsResponse> ListNextRuns(
      const runtime::rpc::CallContext& call,
      const jobmesh::site_data::v1::ListNextRunsRequest& request);

 private:
  // Stopped where no process has put it yet.
  absl::StatusOr<tasks::ScheduleState> State();
  absl::Status SetRunning(const runtime::rpc::CallContext& call, bool running);
  int CountEnabled() const;

  const std::vector<Site>& sites_;
  tasks::ScheduleRepository& schedules_;
  const CallerCheck callers_;
};

std::unique_ptr<runtime::rpc::Service> MakeSiteSchedulerService(SiteSchedulerHandlers& handlers);

}  // namespace jobmesh::scraper::site_data
