#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "jobmesh/named_jobs/v1/named_jobs.pb.h"

namespace jobmesh::scraper::named_jobs {

inline constexpr char kFamily[] = "004";
inline constexpr char kOperation[] = "named_job";
// Executors, which are queues of the same names.
inline constexpr char kFast[] = "fast";
inline constexpr char kStandard[] = "standard";
inline constexpr char kCancelled[] = "cancelled";
inline constexpr double kLongestSeconds = 86400;

// A job as its client wants it.
struct NewJob {
  std::string name;
  std::optional<std::string> description;
  double estimated_time = 0;  // seconds
  std::string user_id;
};

// What is to change; what is absent stays.
struct JobChange {
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<double> estimated_time;
  std::optional<std::string> status;
};

// Whether a text is an id of family 004: 24 lower-case hexadecimal digits.
bool IsJobId(std::string_view text);

// All three: INVALID_ARGUMENT that lists everything that is wrong.
absl::StatusOr<NewJob> CheckExecution(const jobmesh::named_jobs::v1::JobExecution& job);
absl::StatusOr<NewJob> CheckRecord(const jobmesh::named_jobs::v1::CreateJobRequest& request);
absl::StatusOr<JobChange> CheckChange(const jobmesh::named_jobs::v1::UpdateJobRequest& request);

}  // namespace jobmesh::scraper::named_jobs
