#pragma once

#include <memory>

#include "absl/status/statusor.h"

#include "insights-service/queries/answer_cache.h"
#include "insights-service/queries/insights_repository.h"
#include "jobmesh/insights/v1/insights.pb.h"
#include "runtime/rpc/call_context.h"
#include "runtime/rpc/service.h"

namespace jobmesh::insights {

// jobmesh.insights.v1.InsightsService. Thread-safe.
class InsightsHandlers {
 public:
  InsightsHandlers(InsightsRepository& repository, AnswerCache& answers)
      : repository_(repository), answers_(answers) {}

  absl::StatusOr<v1::GenerateSkillsByDemandResponse> GenerateSkillsByDemand(
      const runtime::rpc::CallContext& call, const v1::GenerateSkillsByDemandRequest& request);
  absl::StatusOr<v1::GenerateAverageExperienceResponse> GenerateAverageExperience(
      const runtime::rpc::CallContext& call, const v1::GenerateAverageExperienceRequest& request);
  absl::StatusOr<v1::ListSkillsBySalaryResponse> ListSkillsBySalary(
      const runtime::rpc::CallContext& call, const v1::ListSkillsBySalaryRequest& request);
  absl::StatusOr<v1::GetAverageSalaryResponse> GetAverageSalary(
      const runtime::rpc::CallContext& call, const v1::GetAverageSalaryRequest& request);
  absl::StatusOr<v1::ListSkillsByDemandResponse> ListSkillsByDemand(
      const runtime::rpc::CallContext& call, const v1::ListSkillsByDemandRequest& request);
  absl::StatusOr<v1::GetAverageSalaryByExperienceResponse> GetAverageSalaryByExperience(
      const runtime::rpc::CallContext& call,
      const v1::GetAverageSalaryByExperienceRequest& request);
  absl::StatusOr<v1::GetAverageSalaryByKeywordsResponse> GetAverageSalaryByKeywords(
      const runtime::rpc::CallContext& call, const v1::GetAverageSalaryByKeywordsRequest& request);

  // `handlers` must outlive the service.
  static std::unique_ptr<runtime::rpc::Service> MakeService(InsightsHandlers* handlers);

 private:
  InsightsRepository& repository_;
  AnswerCache& answers_;
};

}  // namespace jobmesh::insights
