#include "scraper-service/site_data/site_data_service.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "scraper-service/field_problems.h"

namespace jobmesh::scraper::site_data {
namespace {

namespace v1 = jobmesh::site_data::v1;
using runtime::ErrorReason;
using runtime::auth::Principal;
using runtime::rpc::CallContext;

// Of a new job, and of one that was found: the document knows no other answer.
constexpr char kCreated[] = "created";
constexpr char kStatusHeader[] = "x-jobmesh-http-status";

absl::Status NoSuchSite(const std::string& id, const char* why) {
  return runtime::Error(absl::StatusCode::kNotFound, ErrorReason::SOURCE_NOT_FOUND,
                        absl::StrCat("Site ", id, why), {{"source", id}});
}

// The same questions without the job.
v1::ListSiteItemsRequest QuestionsOf(const v1::ListSiteJobItemsRequest& request) {
  v1::ListSiteItemsRequest same;
  if (request.has_limit()) same.set_limit(request.limit());
  if (request.has_offset()) same.set_offset(request.offset());
  if (request.has_supplier()) same.set_supplier(request.supplier());
  if (request.has_status()) same.set_status(request.status());
  if (request.has_confirmed()) same.set_confirmed(request.confirmed());
  if (request.has_from()) same.set_from(request.from());
  if (request.has_to()) same.set_to(request.to());
  if (request.has_site_id()) same.set_site_id(request.site_id());
  if (request.has_sort_by()) same.set_sort_by(request.sort_by());
  return same;
}

}  // namespace

absl::StatusOr<v1::FetchSiteResponse> SiteDataHandlers::Fetch(const CallContext& call,
                                                              const v1::FetchSiteRequest& request) {
  ASSIGN_OR_RETURN(const std::optional<Principal> caller, callers_.Check(call));
  FieldProblems problems("body");
  if (!request.has_site_id() || request.site_id().empty()) {
    problems.Missing("siteId");
  }
  const std::optional<absl::CivilDay> stated = ParseDay(request.date());
  if (request.has_date() && !stated) {
    problems.Add("date", "value_error", "must be a day, YYYY-MM-DD");
  }
  RETURN_IF_ERROR(problems.status());
  const Site* site = FindSite(sites_, request.site_id());
  if (site == nullptr) {
    return NoSuchSite(request.site_id(), " not found");
  }
  if (!site->enabled) {
    return NoSuchSite(request.site_id(), " is disabled");
  }
  ASSIGN_OR_RETURN(const tasks::Enqueued job,
                   jobs_.Start(site->id, stated ? *stated : site->DateAt(absl::Now()),
                               caller ? absl::StrCat(caller->user_id) : ""));
  if (!job.created) {
    call.AddResponseHeader(kStatusHeader, "202");
  }
  v1::FetchSiteResponse response;
  response.set_job_id(job.id);
  response.set_status(kCreated);
  return response;
}

absl::StatusOr<v1::GetSiteJobResponse> SiteDataHandlers::Get(const CallContext& call,
                                                             const v1::GetSiteJobRequest& request) {
  RETURN_IF_ERROR(callers_.Check(call).status());
  v1::GetSiteJobResponse response;
  ASSIGN_OR_RETURN(*response.mutable_job(), jobs_.Get(request.job_id()));
  return response;
}

absl::StatusOr<v1::CancelSiteJobResponse> SiteDataHandlers::Cancel(
    const CallContext& call, const v1::CancelSiteJobRequest& request) {
  ASSIGN_OR_RETURN(const std::optional<Principal> caller, callers_.Check(call));
  RETURN_IF_ERROR(jobs_.Cancel(
      request.job_id(), [&caller](const std::string& owner) { return CheckOwner(caller, owner); }));
  v1::CancelSiteJobResponse response;
  response.set_job_id(request.job_id());
  response.set_status("cancelled");
  response.set_message(absl::StrCat("Job ", request.job_id(), " cancelled"));
  return response;
}

absl::StatusOr<v1::ListSiteJobItemsResponse> SiteDataHandlers::ListOfJob(
    const CallContext& call, const v1::ListSiteJobItemsRequest& request) {
  RETURN_IF_ERROR(callers_.Check(call).status());
  ASSIGN_OR_RETURN(v1::ListSiteItemsResponse page,
                   pages_.List(QuestionsOf(request), request.job_id(),
                               [&] { return jobs_.Get(request.job_id()).status(); }));
  v1::ListSiteJobItemsResponse response;
  response.set_job_id(request.job_id());
  response.mutable_items()->Swap(page.mutable_items());
  response.set_total(page.total());
  response.set_limit(page.limit());
  response.set_offset(page.offset());
  return response;
}

absl::StatusOr<v1::ListSiteItemsResponse> SiteDataHandlers::List(
    const CallContext& call, const v1::ListSiteItemsRequest& request) {
  RETURN_IF_ERROR(callers_.Check(call).status());
  return pages_.List(request, "", [] { return absl::OkStatus(); });
}

std::unique_ptr<runtime::rpc::Service> MakeSiteDataService(SiteDataHandlers& handlers) {
  auto service = std::make_unique<runtime::rpc::Service>("jobmesh.site_data.v1.SiteDataService");
  service->Unary("FetchSite", &handlers, &SiteDataHandlers::Fetch)
      .Unary("GetSiteJob", &handlers, &SiteDataHandlers::Get)
      .Unary("CancelSiteJob", &handlers, &SiteDataHandlers::Cancel)
      .Unary("ListSiteJobItems", &handlers, &SiteDataHandlers::ListOfJob)
      .Unary("ListSiteItems", &handlers, &SiteDataHandlers::List);
  return service;
}

}  // namespace jobmesh::scraper::site_data
