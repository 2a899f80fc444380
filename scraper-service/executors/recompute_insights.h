#pragma once

#include <functional>

#include "absl/status/statusor.h"

#include "jobmesh/insights/v1/recomputation.pb.h"
#include "runtime/rpc/client.h"
#include "scraper-service/tasks/schedule_repository.h"
#include "scraper-service/tasks/task_run.h"

namespace jobmesh::scraper {

inline constexpr char kRecomputeInsights[] = "recompute_insights";

// One call of RecomputationService.RecomputeInsights.
using RecomputePart = std::function<absl::StatusOr<insights::v1::RecomputeInsightsResponse>(
    const insights::v1::RecomputeInsightsRequest&)>;

// Through the mesh. `insights_service` must outlive what comes back.
RecomputePart RecomputeThrough(runtime::rpc::Client& insights_service);

// Operation `recompute_insights`, without payload: has the insights made anew, part by part, and
// gives the counts of what was checked and corrected. A run that stops leaves whole parts done; the
// next one begins anew.
tasks::Handler MakeRecomputeInsightsHandler(RecomputePart recompute);

// Every night; one at a time.
tasks::Schedule RecomputeInsightsNightly();

}  // namespace jobmesh::scraper
