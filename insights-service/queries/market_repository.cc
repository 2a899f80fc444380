#include "insights-service/queries/market_repository.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "insights_sql.h"

#include "runtime/status_macros.h"

namespace jobmesh::insights {
namespace {

using runtime::postgres::Tx;
using runtime::postgres::TxOptions;

std::vector<HistogramBucket> HistogramOf(const pqxx::row& row) {
  const std::vector<std::string> starts =
      runtime::postgres::ParseTextArray(row["bucket_starts"].c_str());
  const std::vector<std::string> jobs =
      runtime::postgres::ParseTextArray(row["bucket_jobs"].c_str());
  std::vector<HistogramBucket> histogram(std::min(starts.size(), jobs.size()));
  for (size_t i = 0; i < histogram.size(); ++i) {
    if (!absl::SimpleAtoi(starts[i], &histogram[i].start_usd) ||
        !absl::SimpleAtoi(jobs[i], &histogram[i].jobs)) {
      return {};
    }
  }
  return histogram;
}

absl::Time TimeOf(const pqxx::field& field) {
  return runtime::postgres::ParseTimestamp(field.c_str()).value_or(absl::UnixEpoch());
}

}  // namespace

absl::StatusOr<SalaryDistribution> MarketRepository::Salaries(const MarketScope& scope) {
  ASSIGN_OR_RETURN(pqxx::result rows,
                   pool_.Execute(sql::kSalaryDistribution, scope.keywords, scope.skill,
                                 scope.seniority, scope.country, kBucketUsd, kLastBucketUsd));
  const pqxx::row row = rows[0];
  return SalaryDistribution{.jobs = row["jobs"].as<int>(),
                            .salaried_jobs = row["salaried_jobs"].as<int>(),
                            .average = row["average"].as<double>(),
                            .p25 = row["p25"].as<double>(),
                            .median = row["median"].as<double>(),
                            .p75 = row["p75"].as<double>(),
                            .p90 = row["p90"].as<double>(),
                            .first_time = TimeOf(row["first_time"]),
                            .last_time = TimeOf(row["last_time"]),
                            .histogram = HistogramOf(row)};
}

absl::StatusOr<MarketSkills> MarketRepository::Skills(const MarketScope& scope, int limit) {
  const bool everything =
      scope.keywords.empty() && scope.seniority.empty() && scope.country.empty();
  const auto read = [&](Tx& tx) -> absl::StatusOr<MarketSkills> {
    ASSIGN_OR_RETURN(pqxx::result rows, everything
                                            ? tx.Execute(sql::kListSkillsOfAllJobs, limit)
                                            : tx.Execute(sql::kListMarketSkills, scope.keywords,
                                                         scope.seniority, scope.country, limit));
    ASSIGN_OR_RETURN(pqxx::result total, everything
                                             ? tx.Execute(sql::kCountAllJobs)
                                             : tx.Execute(sql::kCountMarketJobs, scope.keywords,
                                                          scope.seniority, scope.country));
    MarketSkills market{.skills = {}, .jobs = total[0]["jobs"].as<int>()};
    for (const auto& row : rows) {
      market.skills.push_back({row["name"].c_str(), row["jobs"].as<int>(),
                               row["salaried_jobs"].as<int>(), row["average"].as<double>()});
    }
    return market;
  };
  return pool_.InTransaction(
      read, {.isolation = TxOptions::Isolation::kRepeatableRead, .read_only = true});
}

}  // namespace jobmesh::insights
