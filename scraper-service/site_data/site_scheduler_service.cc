#include "scraper-service/site_data/site_scheduler_service.h"

#include <algorithm>
#include <utility>

#include "nlohmann/json.hpp"

#include "runtime/status_macros.h"
#include "scraper-service/json_value.h"
#include "scraper-service/site_data/site_job_repository.h"
#include "scraper-service/time_text.h"

namespace jobmesh::scraper::site_data {
namespace {

namespace v1 = jobmesh::site_data::v1;
using nlohmann::json;
using runtime::rpc::CallContext;
using tasks::ScheduleState;

constexpr char kEveryHour[] = "0 * * * *";
constexpr char kSuccess[] = "success";

}  // namespace

tasks::Schedule HourlyFetch() {
  tasks::TaskSpec spec;
  spec.operation = kFetchAll;
  spec.queue = kQueue;
  return {.name = kSchedule, .cron = kEveryHour, .spec = std::move(spec)};
}

absl::StatusOr<ScheduleState> SiteSchedulerHandlers::State() {
  ASSIGN_OR_RETURN(std::vector<ScheduleState> states, schedules_.List(kSchedule));
  const auto own = std::ranges::find(states, kSchedule, &ScheduleState::name);
  return own == states.end() ? ScheduleState() : std::move(*own);
}

int SiteSchedulerHandlers::CountEnabled() const {
  return static_cast<int>(std::ranges::count_if(sites_, &Site::enabled));
}

absl::StatusOr<v1::GetSchedulerStatusResponse> SiteSchedulerHandlers::GetStatus(
    const CallContext& call, const v1::GetSchedulerStatusRequest&) {
  RETURN_IF_ERROR(callers_.Check(call).status());
  ASSIGN_OR_RETURN(const ScheduleState state, State());
  v1::GetSchedulerStatusResponse response;
  v1::SchedulerStatus* status = response.mutable_scheduler_status();
  status->set_is_running(state.enabled);
  status->set_total_jobs(state.enabled ? CountEnabled() : 0);
  status->set_enabled_configs(CountEnabled());
  status->set_total_configs(static_cast<int>(sites_.size()));
  response.set_status(kSuccess);
  return response;
}

absl::Status SiteSchedulerHandlers::SetRunning(const CallContext& call, bool running) {
  ASSIGN_OR_RETURN(const auto caller, callers_.Check(call));
  RETURN_IF_ERROR(CheckAdmin(caller));
  // It may be the first to hear of the schedule, before any process leads.
  RETURN_IF_ERROR(schedules_.Put(HourlyFetch()));
  return schedules_.SetEnabled(kSchedule, running);
}

absl::StatusOr<v1::StartSchedulerResponse> SiteSchedulerHandlers::Start(
    const CallContext& call, const v1::StartSchedulerRequest&) {
  RETURN_IF_ERROR(SetRunning(call, true));
  v1::StartSchedulerResponse response;
  response.set_message("Scheduler started");
  response.set_status(kSuccess);
  return response;
}

absl::StatusOr<v1::StopSchedulerResponse> SiteSchedulerHandlers::Stop(
    const CallContext& call, const v1::StopSchedulerRequest&) {
  RETURN_IF_ERROR(SetRunning(call, false));
  v1::StopSchedulerResponse response;
  response.set_message("Scheduler stopped");
  response.set_status(kSuccess);
  return response;
}

absl::StatusOr<v1::ListSiteConfigsResponse> SiteSchedulerHandlers::ListConfigs(
    const CallContext& call, const v1::ListSiteConfigsRequest&) {
  RETURN_IF_ERROR(callers_.Check(call).status());
  v1::ListSiteConfigsResponse response;
  for (const Site& site : sites_) {
    v1::SiteConfig* config = response.add_sites_configs();
    config->set_site_id(site.id);
    config->set_date_strategy(std::string(StrategyName(site.date_strategy)));
    *config->mutable_custom_date() =
        ToValue(site.custom_date ? json(DayText(*site.custom_date)) : json());
    config->set_enabled(site.enabled);
    for (const Provider& provider : site.providers) {
      config->add_providers(provider.name);
    }
    config->set_description(site.description);
  }
  response.set_total(response.sites_configs_size());
  response.set_status(kSuccess);
  return response;
}

absl::StatusOr<v1::ListNextRunsResponse> SiteSchedulerHandlers::ListNextRuns(
    const CallContext& call, const v1::ListNextRunsRequest&) {
  RETURN_IF_ERROR(callers_.Check(call).status());
  ASSIGN_OR_RETURN(const ScheduleState state, State());
  const bool is_known = state.enabled && state.next_time.has_value();
  v1::ListNextRunsResponse response;
  for (const Site& site : sites_) {
    if (site.enabled) {
      v1::NextRun* run = response.add_next_runs();
      run->set_site_id(site.id);
      *run->mutable_next_run_time() = ToValue(is_known ? json(TimeText(*state.next_time)) : json());
    }
  }
  response.set_status(kSuccess);
  return response;
}

std::unique_ptr<runtime::rpc::Service> MakeSiteSchedulerService(SiteSchedulerHandlers& handlers) {
  auto service =
      std::make_unique<runtime::rpc::Service>("jobmesh.site_data.v1.SiteSchedulerService");
  service->Unary("GetSchedulerStatus", &handlers, &SiteSchedulerHandlers::GetStatus)
      .Unary("StartScheduler", &handlers, &SiteSchedulerHandlers::Start)
      .Unary("StopScheduler", &handlers, &SiteSchedulerHandlers::Stop)
      .Unary("ListSiteConfigs", &handlers, &SiteSchedulerHandlers::ListConfigs)
      .Unary("ListNextRuns", &handlers, &SiteSchedulerHandlers::ListNextRuns);
  return service;
}

}  // namespace jobmesh::scraper::site_data
