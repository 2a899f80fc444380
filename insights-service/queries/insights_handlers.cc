#include "insights-service/queries/insights_handlers.h"

#include <cmath>

#include "insights-service/queries/limits.h"
#include "runtime/errors.h"
#include "runtime/status_macros.h"

namespace jobmesh::insights {
namespace {

using runtime::rpc::CallContext;

constexpr double kExperienceToleranceYears = 0.25;

absl::Status ValidateExperience(const v1::GetAverageSalaryByExperienceRequest& request) {
  if (!request.has_experience()) {
    return runtime::InvalidField("experience", "is required");
  }
  if (!std::isfinite(request.experience()) || request.experience() < 0) {
    return runtime::InvalidField("experience", "must be a number of years, 0 or more");
  }
  return absl::OkStatus();
}

template <class Response>
absl::StatusOr<Response> SalaryResponse(const absl::StatusOr<Average>& average) {
  RETURN_IF_ERROR(average.status());
  Response response;
  response.set_average_salary(average->value);
  response.set_jobs_num(average->jobs);
  response.set_currency("USD");
  response.set_period("YEAR");
  return response;
}

v1::GenerateSkillsByDemandResponse DemandResponse(const Demand& demand) {
  v1::GenerateSkillsByDemandResponse response;
  for (const SkillDemand& skill : demand.skills) {
    google::protobuf::ListValue* pair = response.add_skills_by_demand();
    pair->add_values()->set_string_value(skill.skill);
    pair->add_values()->set_number_value(skill.jobs);
  }
  response.set_total_jobs(demand.total_jobs);
  return response;
}

}  // namespace

absl::StatusOr<v1::GenerateSkillsByDemandResponse> InsightsHandlers::GenerateSkillsByDemand(
    const CallContext& call, const v1::GenerateSkillsByDemandRequest& request) {
  RETURN_IF_ERROR(ValidateText("keywords", request.keywords()));
  using Response = v1::GenerateSkillsByDemandResponse;
  return answers_.Get<Response>(
      call, "demand/" + request.keywords(), [&]() -> absl::StatusOr<Response> {
        ASSIGN_OR_RETURN(const Demand demand, repository_.DemandByKeywords(request.keywords()));
        return DemandResponse(demand);
      });
}

absl::StatusOr<v1::GenerateAverageExperienceResponse> InsightsHandlers::GenerateAverageExperience(
    const CallContext& call, const v1::GenerateAverageExperienceRequest& request) {
  RETURN_IF_ERROR(ValidateText("keywords", request.keywords()));
  using Response = v1::GenerateAverageExperienceResponse;
  return answers_.Get<Response>(
      call, "experience/" + request.keywords(), [&]() -> absl::StatusOr<Response> {
        ASSIGN_OR_RETURN(const Average average, repository_.AverageExperience(request.keywords()));
        Response response;
        response.set_average_experience(average.value);
        response.set_total_jobs(average.jobs);
        return response;
      });
}

absl::StatusOr<v1::ListSkillsBySalaryResponse> InsightsHandlers::ListSkillsBySalary(
    const CallContext& call, const v1::ListSkillsBySalaryRequest& /*request*/) {
  using Response = v1::ListSkillsBySalaryResponse;
  return answers_.Get<Response>(call, "skills-by-salary", [&]() -> absl::StatusOr<Response> {
    ASSIGN_OR_RETURN(const auto skills, repository_.SkillsBySalary(kMinSalariedJobs));
    Response response;
    response.mutable_salaries()->insert(skills.begin(), skills.end());
    return response;
  });
}

absl::StatusOr<v1::GetAverageSalaryResponse> InsightsHandlers::GetAverageSalary(
    const CallContext& call, const v1::GetAverageSalaryRequest& /*request*/) {
  using Response = v1::GetAverageSalaryResponse;
  return answers_.Get<Response>(
      call, "salary", [&] { return SalaryResponse<Response>(repository_.AverageSalary()); });
}

absl::StatusOr<v1::ListSkillsByDemandResponse> InsightsHandlers::ListSkillsByDemand(
    const CallContext& call, const v1::ListSkillsByDemandRequest& /*request*/) {
  using Response = v1::ListSkillsByDemandResponse;
  return answers_.Get<Response>(call, "skills-by-demand", [&]() -> absl::StatusOr<Response> {
    ASSIGN_OR_RETURN(const std::vector<SkillDemand> skills, repository_.SkillsByDemand());
    Response response;
    for (const SkillDemand& skill : skills) {
      (*response.mutable_jobs())[skill.skill] = skill.jobs;
    }
    return response;
  });
}

absl::StatusOr<v1::GetAverageSalaryByExperienceResponse>
InsightsHandlers::GetAverageSalaryByExperience(
    const CallContext& call, const v1::GetAverageSalaryByExperienceRequest& request) {
  RETURN_IF_ERROR(ValidateExperience(request));
  using Response = v1::GetAverageSalaryByExperienceResponse;
  const double years = request.experience();
  return answers_.Get<Response>(call, absl::StrCat("salary-by-experience/", years), [&] {
    return SalaryResponse<Response>(
        repository_.AverageSalaryByExperience(years, kExperienceToleranceYears));
  });
}

absl::StatusOr<v1::GetAverageSalaryByKeywordsResponse> InsightsHandlers::GetAverageSalaryByKeywords(
    const CallContext& call, const v1::GetAverageSalaryByKeywordsRequest& request) {
  RETURN_IF_ERROR(ValidateText("keywords", request.keywords()));
  using Response = v1::GetAverageSalaryByKeywordsResponse;
  return answers_.Get<Response>(call, "salary-by-keywords/" + request.keywords(), [&] {
    return SalaryResponse<Response>(repository_.AverageSalaryByKeywords(request.keywords()));
  });
}

std::unique_ptr<runtime::rpc::Service> InsightsHandlers::MakeService(InsightsHandlers* handlers) {
  auto service = std::make_unique<runtime::rpc::Service>("jobmesh.insights.v1.InsightsService");
  service->Unary("GenerateSkillsByDemand", handlers, &InsightsHandlers::GenerateSkillsByDemand)
      .Unary("GenerateAverageExperience", handlers, &InsightsHandlers::GenerateAverageExperience)
      .Unary("ListSkillsBySalary", handlers, &InsightsHandlers::ListSkillsBySalary)
      .Unary("GetAverageSalary", handlers, &InsightsHandlers::GetAverageSalary)
      .Unary("ListSkillsByDemand", handlers, &InsightsHandlers::ListSkillsByDemand)
      .Unary("GetAverageSalaryByExperience", handlers,
             &InsightsHandlers::GetAverageSalaryByExperience)
      .Unary("GetAverageSalaryByKeywords", handlers, &InsightsHandlers::GetAverageSalaryByKeywords);
  return service;
}

}  // namespace jobmesh::insights
