#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "nlohmann/json.hpp"

namespace jobmesh::scraper::imports {

// A job that may be queued.
struct NewJob {
  std::string operation;
  std::string target;
  nlohmann::json parameters;  // as stored and shown: what the operation does not need is dropped
};

// What was said of one new job.
struct JudgedJob {
  std::optional<NewJob> job;  // when it is well-formed
  std::string field;          // at fault, as the client names it; "" = the whole
  std::string problem;        // for people, names the field
  bool missing = false;       // the field is not there
};

// Judges one member of the list of jobs.
JudgedJob Judge(const nlohmann::json& item);

// INVALID_ARGUMENT that lists what is wrong with the members of a list none of which is
// well-formed.
absl::Status NoneWellFormed(const std::vector<JudgedJob>& judged);

}  // namespace jobmesh::scraper::imports
