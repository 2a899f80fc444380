#include "insights-service/load/warehouse.h"

#include <map>
#include <set>
#include <vector>

#include "insights_sql.h"
#include "nlohmann/json.hpp"

#include "runtime/status_macros.h"

namespace jobmesh::insights {
namespace {

namespace postings_v1 = postings::v1;
using Json = nlohmann::json;
using runtime::postgres::Tx;

// The last of each posting's changes, as the statements take them.
struct Batch {
  Json postings = Json::array();
  std::vector<std::string> deleted;
};

std::optional<double> AnnualUsd(const postings_v1::Salary& salary) {
  if (!salary.has_annual_min_usd() && !salary.has_annual_max_usd()) {
    return std::nullopt;
  }
  const double min =
      salary.has_annual_min_usd() ? salary.annual_min_usd() : salary.annual_max_usd();
  const double max =
      salary.has_annual_max_usd() ? salary.annual_max_usd() : salary.annual_min_usd();
  const double middle = (min + max) / 2;
  return middle >= 0.01 ? std::optional(middle) : std::nullopt;
}

void SetSalary(const postings_v1::Salary& salary, Json& row) {
  if (salary.has_min()) {
    row["salary_min"] = salary.min();
  }
  if (salary.has_max()) {
    row["salary_max"] = salary.max();
  }
  row["salary_currency"] = salary.currency();
  row["salary_period"] = salary.period();
  if (const std::optional<double> annual = AnnualUsd(salary)) {
    row["annual_usd"] = *annual;
  }
}

Json RowOf(const postings_v1::Posting& posting, int64_t version) {
  const auto& posted =
      posting.has_posted_time() ? posting.posted_time() : posting.first_seen_time();
  Json row = {
      {"posting_id", posting.posting_id()},
      {"version", version},
      {"job_id", posting.job_id().empty() ? posting.posting_id() : posting.job_id()},
      {"source", posting.source()},
      {"title", posting.title()},
      {"company", posting.company()},
      {"location", posting.location()},
      {"city", posting.city()},
      {"region", posting.region()},
      {"country", posting.country()},
      {"skills", std::vector<std::string>(posting.skills().begin(), posting.skills().end())},
      {"posted_time", runtime::postgres::TimestampText(absl::FromUnixSeconds(posted.seconds()))},
      {"open", posting.open()}};
  if (posting.has_salary()) {
    SetSalary(posting.salary(), row);
  }
  if (posting.has_experience() && posting.experience().min_years() >= 0) {
    row["experience_years"] = posting.experience().min_years();
  }
  if (posting.has_seniority()) {
    row["seniority"] = posting.seniority();
  }
  if (posting.has_employment_type()) {
    row["employment_type"] = posting.employment_type();
  }
  if (posting.has_remote_mode()) {
    row["remote_mode"] = posting.remote_mode();
  }
  return row;
}

Batch BatchOf(const postings_v1::ReadChangesResponse& response) {
  std::map<std::string, const postings_v1::Change*> last;  // a statement may touch a row only once
  for (const postings_v1::Change& change : response.changes()) {
    last[change.posting().posting_id()] = &change;
  }
  Batch batch;
  for (const auto& [posting_id, change] : last) {
    if (change->kind() == postings_v1::Change::DELETED) {
      batch.deleted.push_back(posting_id);
    } else {
      batch.postings.push_back(RowOf(change->posting(), change->version()));
    }
  }
  return batch;
}

void AddJobs(const pqxx::result& rows, std::set<std::string>& jobs) {
  for (const auto& row : rows) {
    jobs.insert(row["job_id"].c_str());
  }
}

// Stores facts; answers the jobs whose postings changed.
absl::StatusOr<std::vector<std::string>> StoreFacts(Tx& tx, const Batch& batch) {
  std::set<std::string> jobs;
  if (!batch.postings.empty()) {
    const std::string rows = batch.postings.dump(-1, ' ', false, Json::error_handler_t::replace);
    RETURN_IF_ERROR(tx.Execute(sql::kAddDimensions, rows).status());
    ASSIGN_OR_RETURN(pqxx::result changed, tx.Execute(sql::kApplyPostings, rows));
    AddJobs(changed, jobs);
  }
  if (!batch.deleted.empty()) {
    ASSIGN_OR_RETURN(pqxx::result changed, tx.Execute(sql::kDeletePostings, batch.deleted));
    AddJobs(changed, jobs);
  }
  return std::vector<std::string>(jobs.begin(), jobs.end());
}

}  // namespace

absl::StatusOr<std::optional<std::string>> Warehouse::Lease(const std::string& holder,
                                                            absl::Duration lease) {
  ASSIGN_OR_RETURN(pqxx::result rows,
                   pool_.Execute(sql::kLeaseLoad, holder, absl::ToDoubleSeconds(lease)));
  if (rows.empty()) {
    return std::nullopt;
  }
  return std::string(rows[0]["cursor"].c_str());
}

absl::Status Warehouse::Release(const std::string& holder) {
  return pool_.Execute(sql::kReleaseLoad, holder).status();
}

absl::StatusOr<int> Warehouse::Apply(const std::string& from,
                                     const postings_v1::ReadChangesResponse& response,
                                     bool caught_up) {
  const Batch batch = BatchOf(response);
  return pool_.InTransaction([&](Tx& tx) -> absl::StatusOr<int> {
    // First of all, because it locks out every other loader.
    ASSIGN_OR_RETURN(pqxx::result moved,
                     tx.Execute(sql::kAdvanceLoad, from, response.next_cursor(), caught_up));
    if (moved.affected_rows() == 0) {
      return absl::AbortedError("the warehouse has moved on from this cursor");
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> jobs, StoreFacts(tx, batch));
    if (!jobs.empty()) {
      RETURN_IF_ERROR(tx.Execute(sql::kRetractJobs, jobs).status());
      RETURN_IF_ERROR(tx.Execute(sql::kAddJobs, jobs).status());
      RETURN_IF_ERROR(tx.Execute(sql::kRaiseRevision).status());
    }
    return static_cast<int>(jobs.size());
  });
}

absl::StatusOr<int> Warehouse::RecomputeSums() {
  return pool_.InTransaction([](Tx& tx) -> absl::StatusOr<int> {
    RETURN_IF_ERROR(tx.Execute(sql::kLockLoad).status());
    ASSIGN_OR_RETURN(pqxx::result corrected, tx.Execute(sql::kRecomputeSums));
    const int sums = corrected[0]["corrected"].as<int>();
    if (sums > 0) {
      RETURN_IF_ERROR(tx.Execute(sql::kRaiseRevision).status());
    }
    return sums;
  });
}

absl::StatusOr<CheckedJobs> Warehouse::RecomputeJobs(const std::string& after, int limit) {
  return pool_.InTransaction([&](Tx& tx) -> absl::StatusOr<CheckedJobs> {
    RETURN_IF_ERROR(tx.Execute(sql::kLockLoad).status());
    ASSIGN_OR_RETURN(pqxx::result rows, tx.Execute(sql::kCompareJobs, after, limit));
    CheckedJobs part{.checked = static_cast<int>(rows.size())};
    if (part.checked == limit) {
      part.last_job_id = rows[rows.size() - 1]["job_id"].c_str();
    }
    std::vector<std::string> wrong;
    for (const auto& row : rows) {
      if (*row["wrong"].c_str() == 't') {
        wrong.emplace_back(row["job_id"].c_str());
      }
    }
    part.corrected = static_cast<int>(wrong.size());
    if (!wrong.empty()) {
      RETURN_IF_ERROR(tx.Execute(sql::kRetractJobs, wrong).status());
      RETURN_IF_ERROR(tx.Execute(sql::kAddJobs, wrong).status());
      RETURN_IF_ERROR(tx.Execute(sql::kRaiseRevision).status());
    }
    return part;
  });
}

absl::StatusOr<int64_t> Warehouse::CountJobs() {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kCountJobs));
  return rows[0]["jobs"].as<int64_t>();
}

absl::Status Warehouse::Clear() {
  return pool_.InTransaction([](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Execute(sql::kResetLoad).status());
    // TRUNCATE cannot be prepared.
    RETURN_IF_ERROR(tx.ExecuteText(sql::kClearWarehouse.text).status());
    return tx.Execute(sql::kResetTotal).status();
  });
}

absl::StatusOr<LoadState> Warehouse::State() {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kLoadState));
  return LoadState{rows[0]["revision"].as<int64_t>(),
                   absl::Seconds(rows[0]["staleness_seconds"].as<double>())};
}

}  // namespace jobmesh::insights
