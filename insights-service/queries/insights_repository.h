#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "runtime/postgres/pool.h"

namespace jobmesh::insights {

// An average and the number of jobs it is taken over; 0 and 0 over nothing.
struct Average {
  double value = 0;
  int jobs = 0;
};

// How many jobs name a skill.
struct SkillDemand {
  std::string skill;
  int jobs = 0;
};

// Demand among the jobs of a search.
struct Demand {
  std::vector<SkillDemand> skills;  // most demanded first
  int total_jobs = 0;
};

// Answers from the warehouse. `keywords`: words that a title has, all of them; without any word
// nothing matches. Thread-safe.
class InsightsRepository {
 public:
  explicit InsightsRepository(runtime::postgres::Pool& pool) : pool_(pool) {}

  absl::StatusOr<Demand> DemandByKeywords(const std::string& keywords);
  absl::StatusOr<std::vector<SkillDemand>> SkillsByDemand();
  // USD a year by skill; only skills with at least `min_jobs` jobs that state a salary.
  absl::StatusOr<std::map<std::string, double>> SkillsBySalary(int min_jobs);
  // Years.
  absl::StatusOr<Average> AverageExperience(const std::string& keywords);
  // USD a year.
  absl::StatusOr<Average> AverageSalary();
  absl::StatusOr<Average> AverageSalaryByKeywords(const std::string& keywords);
  // Of jobs that ask for `years` ± `tolerance_years`.
  absl::StatusOr<Average> AverageSalaryByExperience(double years, double tolerance_years);

 private:
  runtime::postgres::Pool& pool_;
};

}  // namespace jobmesh::insights
