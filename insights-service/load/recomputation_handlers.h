#pragma once

#include <memory>

#include "absl/status/statusor.h"

#include "insights-service/load/warehouse.h"
#include "jobmesh/insights/v1/recomputation.pb.h"
#include "runtime/rpc/call_context.h"
#include "runtime/rpc/service.h"

namespace jobmesh::insights {

// jobmesh.insights.v1.RecomputationService. Thread-safe.
class RecomputationHandlers {
 public:
  explicit RecomputationHandlers(Warehouse& warehouse) : warehouse_(warehouse) {}

  absl::StatusOr<v1::RecomputeInsightsResponse> RecomputeInsights(
      const runtime::rpc::CallContext& call, const v1::RecomputeInsightsRequest& request);

  // `handlers` must outlive the service.
  static std::unique_ptr<runtime::rpc::Service> MakeService(RecomputationHandlers* handlers);

 private:
  Warehouse& warehouse_;
};

}  // namespace jobmesh::insights
