#include "insights-service/queries/market_handlers.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "absl/strings/ascii.h"

#include "insights-service/queries/limits.h"
#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "runtime/timestamp.h"

namespace jobmesh::insights {
namespace {

using runtime::rpc::CallContext;

// Median and quantiles of the middles of stated ranges, over open jobs, copies counted once.
constexpr char kMethodVersion[] = "1";
constexpr int kDefaultSkills = 50;
constexpr int kMaxSkills = 500;
constexpr std::array<std::string_view, 7> kSeniorities = {
    "INTERN", "JUNIOR", "MID", "SENIOR", "LEAD", "DIRECTOR", "EXECUTIVE"};

// INVALID_ARGUMENT (INVALID_FIELD) when a member is none that a job can have.
template <class Request>
absl::StatusOr<MarketScope> ScopeOf(const Request& request) {
  RETURN_IF_ERROR(ValidateText("keywords", request.keywords()));
  MarketScope scope{.keywords = request.keywords(),
                    .skill = {},
                    .seniority = absl::AsciiStrToUpper(request.seniority()),
                    .country = absl::AsciiStrToUpper(request.country())};
  if (!scope.seniority.empty() &&
      std::ranges::find(kSeniorities, scope.seniority) == kSeniorities.end()) {
    return runtime::InvalidField(
        "seniority", "must be one of INTERN, JUNIOR, MID, SENIOR, LEAD, DIRECTOR, EXECUTIVE");
  }
  if (!scope.country.empty() &&
      (scope.country.size() != 2 || !std::ranges::all_of(scope.country, absl::ascii_isupper))) {
    return runtime::InvalidField("country", "must be a code of two letters (ISO 3166-1)");
  }
  return scope;
}

// Members are separated by a character that none of them can contain.
std::string Question(const char* name, const MarketScope& scope, int limit) {
  return absl::StrCat(name, std::string(1, '\0'), scope.keywords, std::string(1, '\0'), scope.skill,
                      std::string(1, '\0'), scope.seniority, std::string(1, '\0'), scope.country,
                      std::string(1, '\0'), limit);
}

void SetFigures(const SalaryDistribution& salaries, v1::GetSalaryDistributionResponse& response) {
  response.set_average(salaries.average);
  response.set_p25(salaries.p25);
  response.set_median(salaries.median);
  response.set_p75(salaries.p75);
  response.set_p90(salaries.p90);
  for (const HistogramBucket& bucket : salaries.histogram) {
    v1::SalaryBucket* proto = response.add_histogram();
    proto->set_from(bucket.start_usd);
    if (bucket.start_usd < MarketRepository::kLastBucketUsd) {
      proto->set_to(bucket.start_usd + MarketRepository::kBucketUsd);
    }
    proto->set_jobs(bucket.jobs);
  }
}

v1::GetSalaryDistributionResponse ToProto(const SalaryDistribution& salaries) {
  v1::GetSalaryDistributionResponse response;
  response.set_n(salaries.jobs);
  response.set_n_with_salary(salaries.salaried_jobs);
  response.set_currency("USD");
  response.set_period("YEAR");
  response.set_method_version(kMethodVersion);
  if (salaries.jobs > 0) {
    response.set_share_with_salary(static_cast<double>(salaries.salaried_jobs) / salaries.jobs);
    *response.mutable_window()->mutable_start_time() = runtime::ToTimestamp(salaries.first_time);
    *response.mutable_window()->mutable_end_time() = runtime::ToTimestamp(salaries.last_time);
  }
  if (salaries.salaried_jobs < kMinSalariedJobs) {
    response.set_withheld(true);
    response.set_withheld_reason(
        absl::StrCat("fewer than ", kMinSalariedJobs, " jobs state a salary"));
  } else {
    SetFigures(salaries, response);
  }
  return response;
}

v1::ListSkillInsightsResponse ToProto(const MarketSkills& market) {
  v1::ListSkillInsightsResponse response;
  response.set_n(market.jobs);
  response.set_currency("USD");
  response.set_period("YEAR");
  response.set_method_version(kMethodVersion);
  for (const MarketSkill& skill : market.skills) {
    v1::SkillInsight* proto = response.add_skills();
    proto->set_skill(skill.skill);
    proto->set_jobs(skill.jobs);
    proto->set_share(static_cast<double>(skill.jobs) / market.jobs);
    proto->set_n_with_salary(skill.salaried_jobs);
    if (skill.salaried_jobs >= kMinSalariedJobs) {
      proto->set_average_salary(skill.average_usd);
    }
  }
  return response;
}

}  // namespace

absl::StatusOr<v1::GetSalaryDistributionResponse> MarketHandlers::GetSalaryDistribution(
    const CallContext& call, const v1::GetSalaryDistributionRequest& request) {
  ASSIGN_OR_RETURN(MarketScope scope, ScopeOf(request));
  RETURN_IF_ERROR(ValidateText("skill", request.skill()));
  scope.skill = request.skill();
  using Response = v1::GetSalaryDistributionResponse;
  ASSIGN_OR_RETURN(Response response,
                   answers_.Get<Response>(call, Question("market-salary", scope, 0),
                                          [&]() -> absl::StatusOr<Response> {
                                            ASSIGN_OR_RETURN(const SalaryDistribution salaries,
                                                             repository_.Salaries(scope));
                                            return ToProto(salaries);
                                          }));
  *response.mutable_as_of() = runtime::ToTimestamp(answers_.as_of());
  return response;
}

absl::StatusOr<v1::ListSkillInsightsResponse> MarketHandlers::ListSkillInsights(
    const CallContext& call, const v1::ListSkillInsightsRequest& request) {
  ASSIGN_OR_RETURN(const MarketScope scope, ScopeOf(request));
  if (request.page_size() < 0) {
    return runtime::InvalidField("page_size", "must not be negative");
  }
  const int limit =
      request.page_size() == 0 ? kDefaultSkills : std::min(request.page_size(), kMaxSkills);
  using Response = v1::ListSkillInsightsResponse;
  ASSIGN_OR_RETURN(Response response,
                   answers_.Get<Response>(call, Question("market-skills", scope, limit),
                                          [&]() -> absl::StatusOr<Response> {
                                            ASSIGN_OR_RETURN(const MarketSkills market,
                                                             repository_.Skills(scope, limit));
                                            return ToProto(market);
                                          }));
  *response.mutable_as_of() = runtime::ToTimestamp(answers_.as_of());
  return response;
}

std::unique_ptr<runtime::rpc::Service> MarketHandlers::MakeService(MarketHandlers* handlers) {
  auto service = std::make_unique<runtime::rpc::Service>("jobmesh.insights.v1.MarketService");
  service->Unary("GetSalaryDistribution", handlers, &MarketHandlers::GetSalaryDistribution)
      .Unary("ListSkillInsights", handlers, &MarketHandlers::ListSkillInsights);
  return service;
}

}  // namespace jobmesh::insights
