#include "user-service/search/search_handlers.h"

#include <iterator>
#include <string>

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "user-service/text/text.h"

namespace jobmesh::user {
namespace {

namespace v1 = search::v1;
using runtime::ErrorReason;
using runtime::rpc::CallContext;

void MoveJobs(SearchPage& page, google::protobuf::RepeatedPtrField<v1::Job>& jobs) {
  jobs.Assign(std::make_move_iterator(page.jobs.begin()), std::make_move_iterator(page.jobs.end()));
}

}  // namespace

absl::StatusOr<v1::FindJobsResponse> SearchHandlers::FindJobs(const CallContext& call,
                                                              const v1::FindJobsRequest& request) {
  if (Trim(request.title()).empty()) {
    return runtime::Error(absl::StatusCode::kInvalidArgument, ErrorReason::INVALID_FIELD,
                          "title is required", {{"field", "title"}});
  }
  StateVersion(call);
  ASSIGN_OR_RETURN(SearchPage page, search_.Search({ToJobFilter(request), request.sort(),
                                                    request.page_size(), request.page_token()}));
  if (page.jobs.empty()) {
    return runtime::Error(absl::StatusCode::kNotFound, ErrorReason::NO_POSTINGS, "No jobs found");
  }
  if (!page.next_page_token.empty()) {
    call.AddResponseHeader("x-jobmesh-next-page-token", page.next_page_token);
  }
  v1::FindJobsResponse response;
  MoveJobs(page, *response.mutable_jobs());
  return response;
}

absl::StatusOr<v1::SearchJobsResponse> SearchHandlers::SearchJobs(
    const CallContext& call, const v1::SearchJobsRequest& request) {
  StateVersion(call);
  ASSIGN_OR_RETURN(SearchPage page, search_.Search({request.filter(), request.sort(),
                                                    request.page_size(), request.page_token()}));
  v1::SearchJobsResponse response;
  MoveJobs(page, *response.mutable_jobs());
  response.set_next_page_token(page.next_page_token);
  response.set_total(page.total);
  response.set_total_is_exact(page.total_is_exact);
  return response;
}

absl::StatusOr<v1::GetJobFacetsResponse> SearchHandlers::GetJobFacets(
    const CallContext& call, const v1::GetJobFacetsRequest& request) {
  StateVersion(call);
  return search_.Facets(request.filter());
}

void SearchHandlers::StateVersion(const CallContext& call) const {
  call.AddResponseHeader("x-jobmesh-data-version", std::to_string(version_.revision()));
}

runtime::rpc::StreamEvents<v1::ExportJobsRequest> SearchHandlers::ExportJobs(
    const CallContext& call, const v1::ExportJobsRequest& request,
    std::shared_ptr<JobExport::Writer> writer) {
  auto exported = std::make_shared<JobExport>(search_, request, writer);
  if (const absl::Status status = exported->Begin(); !status.ok()) {
    writer->Finish(status);
    return {};
  }
  call.AddResponseHeader("content-disposition",
                         "attachment; filename=\"" + exported->FileName() + "\"");
  exported->SendNext();
  runtime::rpc::StreamEvents<v1::ExportJobsRequest> events;
  events.on_drained = [exported] { exported->SendNext(); };
  return events;
}

std::unique_ptr<runtime::rpc::Service> SearchHandlers::MakeFindJobsService(
    SearchHandlers* handlers) {
  auto service = std::make_unique<runtime::rpc::Service>("jobmesh.search.v1.FindJobsService");
  service->Unary("FindJobs", handlers, &SearchHandlers::FindJobs);
  return service;
}

std::unique_ptr<runtime::rpc::Service> SearchHandlers::MakeSearchService(SearchHandlers* handlers) {
  auto service = std::make_unique<runtime::rpc::Service>("jobmesh.search.v1.SearchService");
  service->Unary("SearchJobs", handlers, &SearchHandlers::SearchJobs)
      .Unary("GetJobFacets", handlers, &SearchHandlers::GetJobFacets)
      .ServerStream("ExportJobs", handlers, &SearchHandlers::ExportJobs);
  return service;
}

}  // namespace jobmesh::user
