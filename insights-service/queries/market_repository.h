#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "runtime/postgres/pool.h"

namespace jobmesh::insights {

// A part of the market; an empty member passes everything.
struct MarketScope {
  std::string keywords;   // words that the title has, all of them
  std::string skill;      // in any letter case
  std::string seniority;  // upper case
  std::string country;    // upper case
};

struct HistogramBucket {
  int start_usd = 0;
  int jobs = 0;
};

// Pay in USD a year; 0 where nothing is known.
struct SalaryDistribution {
  int jobs = 0;
  int salaried_jobs = 0;
  double average = 0;
  double p25 = 0;
  double median = 0;
  double p75 = 0;
  double p90 = 0;
  absl::Time first_time;  // meaningful when jobs > 0
  absl::Time last_time;
  std::vector<HistogramBucket> histogram;  // of ranges with jobs, in order
};

struct MarketSkill {
  std::string skill;
  int jobs = 0;
  int salaried_jobs = 0;
  double average_usd = 0;
};

struct MarketSkills {
  std::vector<MarketSkill> skills;  // most demanded first
  int jobs = 0;                     // of the scope
};

// Distributions from the warehouse. Thread-safe.
class MarketRepository {
 public:
  static constexpr int kBucketUsd = 10'000;
  static constexpr int kLastBucketUsd = 500'000;  // it has no end

  explicit MarketRepository(runtime::postgres::Pool& pool) : pool_(pool) {}

  absl::StatusOr<SalaryDistribution> Salaries(const MarketScope& scope);
  // `scope.skill` must be empty.
  absl::StatusOr<MarketSkills> Skills(const MarketScope& scope, int limit);

 private:
  runtime::postgres::Pool& pool_;
};

}  // namespace jobmesh::insights
