#pragma once

#include <optional>

#include "absl/time/time.h"
#include <pqxx/row>

#include "scraper-service/tasks/task.h"

namespace jobmesh::scraper::tasks {

// A task from a row of a statement that returns all columns of one, in the order of get_task.
Task TaskOf(const pqxx::row& row);
// From a row of claim_tasks: without times and without what only lists show.
Task ClaimedTaskOf(const pqxx::row& row);
// A timestamptz; nothing for NULL.
std::optional<absl::Time> TimeOf(const pqxx::field& field);

}  // namespace jobmesh::scraper::tasks
