#include "insights-service/queries/insights_repository.h"

#include "insights_sql.h"

#include "runtime/status_macros.h"

namespace jobmesh::insights {
namespace {

using runtime::postgres::Tx;
using runtime::postgres::TxOptions;

absl::StatusOr<Average> AverageOf(absl::StatusOr<pqxx::result> rows) {
  RETURN_IF_ERROR(rows.status());
  const pqxx::row row = rows->at(0);
  return Average{row["average"].as<double>(), row["jobs"].as<int>()};
}

std::vector<SkillDemand> SkillsOf(const pqxx::result& rows) {
  std::vector<SkillDemand> skills;
  skills.reserve(rows.size());
  for (const auto& row : rows) {
    skills.push_back({row["name"].c_str(), row["jobs"].as<int>()});
  }
  return skills;
}

}  // namespace

absl::StatusOr<Demand> InsightsRepository::DemandByKeywords(const std::string& keywords) {
  const auto read = [&](Tx& tx) -> absl::StatusOr<Demand> {
    ASSIGN_OR_RETURN(pqxx::result skills, tx.Execute(sql::kDemandByKeywords, keywords));
    ASSIGN_OR_RETURN(pqxx::result total, tx.Execute(sql::kCountJobsByKeywords, keywords));
    return Demand{SkillsOf(skills), total[0]["jobs"].as<int>()};
  };
  // Of one moment, so that no skill has more jobs than there are.
  return pool_.InTransaction(
      read, {.isolation = TxOptions::Isolation::kRepeatableRead, .read_only = true});
}

absl::StatusOr<std::vector<SkillDemand>> InsightsRepository::SkillsByDemand() {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kListSkillsByDemand));
  return SkillsOf(rows);
}

absl::StatusOr<std::map<std::string, double>> InsightsRepository::SkillsBySalary(int min_jobs) {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kListSkillsBySalary, min_jobs));
  std::map<std::string, double> skills;
  for (const auto& row : rows) {
    skills[row["name"].c_str()] = row["average"].as<double>();
  }
  return skills;
}

absl::StatusOr<Average> InsightsRepository::AverageExperience(const std::string& keywords) {
  return AverageOf(pool_.Execute(sql::kAverageExperience, keywords));
}

absl::StatusOr<Average> InsightsRepository::AverageSalary() {
  return AverageOf(pool_.Execute(sql::kAverageSalary));
}

absl::StatusOr<Average> InsightsRepository::AverageSalaryByKeywords(const std::string& keywords) {
  return AverageOf(pool_.Execute(sql::kAverageSalaryByKeywords, keywords));
}

absl::StatusOr<Average> InsightsRepository::AverageSalaryByExperience(double years,
                                                                      double tolerance_years) {
  return AverageOf(pool_.Execute(sql::kAverageSalaryByExperience, years, tolerance_years));
}

}  // namespace jobmesh::insights
