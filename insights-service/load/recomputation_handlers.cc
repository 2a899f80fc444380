#include "insights-service/load/recomputation_handlers.h"

#include <string_view>

#include "absl/strings/ascii.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"

namespace jobmesh::insights {
namespace {

constexpr int kDefaultJobs = 1000;
constexpr int kMaxJobs = 10'000;
constexpr char kBeforeAll[] = "00000000-0000-0000-0000-000000000000";

bool IsUuid(std::string_view text) {
  if (text.size() != sizeof(kBeforeAll) - 1) {
    return false;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    if (kBeforeAll[i] == '-' ? text[i] != '-' : !absl::ascii_isxdigit(text[i])) {
      return false;
    }
  }
  return true;
}

}  // namespace

absl::StatusOr<v1::RecomputeInsightsResponse> RecomputationHandlers::RecomputeInsights(
    const runtime::rpc::CallContext&, const v1::RecomputeInsightsRequest& request) {
  if (!request.cursor().empty() && !IsUuid(request.cursor())) {
    return runtime::InvalidField("cursor", "is none of ours");
  }
  if (request.max_jobs() < 0 || request.max_jobs() > kMaxJobs) {
    return runtime::InvalidField("max_jobs", "must be between 0 and 10000");
  }
  v1::RecomputeInsightsResponse response;
  if (request.cursor().empty()) {
    ASSIGN_OR_RETURN(const int sums, warehouse_.RecomputeSums());
    response.set_sums_corrected(sums);
    ASSIGN_OR_RETURN(const int64_t jobs, warehouse_.CountJobs());
    response.set_jobs_total(jobs);
  }
  ASSIGN_OR_RETURN(
      const CheckedJobs part,
      warehouse_.RecomputeJobs(request.cursor().empty() ? kBeforeAll : request.cursor(),
                               request.max_jobs() == 0 ? kDefaultJobs : request.max_jobs()));
  response.set_next_cursor(part.last_job_id);
  response.set_jobs_checked(part.checked);
  response.set_jobs_corrected(part.corrected);
  return response;
}

std::unique_ptr<runtime::rpc::Service> RecomputationHandlers::MakeService(
    RecomputationHandlers* handlers) {
  auto service =
      std::make_unique<runtime::rpc::Service>("jobmesh.insights.v1.RecomputationService");
  service->Unary("RecomputeInsights", handlers, &RecomputationHandlers::RecomputeInsights);
  return service;
}

}  // namespace jobmesh::insights
