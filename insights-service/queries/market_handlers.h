#pragma once

#include <memory>

#include "absl/status/statusor.h"

#include "insights-service/queries/answer_cache.h"
#include "insights-service/queries/market_repository.h"
#include "jobmesh/insights/v1/market.pb.h"
#include "runtime/rpc/call_context.h"
#include "runtime/rpc/service.h"

namespace jobmesh::insights {

// jobmesh.insights.v1.MarketService. Thread-safe.
class MarketHandlers {
 public:
  MarketHandlers(MarketRepository& repository, AnswerCache& answers)
      : repository_(repository), answers_(answers) {}

  absl::StatusOr<v1::GetSalaryDistributionResponse> GetSalaryDistribution(
      const runtime::rpc::CallContext& call, const v1::GetSalaryDistributionRequest& request);
  absl::StatusOr<v1::ListSkillInsightsResponse> ListSkillInsights(
      const runtime::rpc::CallContext& call, const v1::ListSkillInsightsRequest& request);

  // `handlers` must outlive the service.
  static std::unique_ptr<runtime::rpc::Service> MakeService(MarketHandlers* handlers);

 private:
  MarketRepository& repository_;
  AnswerCache& answers_;
};

}  // namespace jobmesh::insights
