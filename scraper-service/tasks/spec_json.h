#pragma once

#include <cstddef>
#include <string>

#include "absl/status/status.h"

#include "scraper-service/tasks/task.h"

namespace jobmesh::scraper::tasks {

// INVALID_ARGUMENT (INVALID_FIELD) for what cannot be stored.
absl::Status ValidateSpec(const TaskSpec& spec);
// A JSON object, as text that jsonb takes: PostgreSQL has no character U+0000.
bool IsJsonObject(const std::string& text);
// A valid spec as the statement enqueue_tasks reads it; `place` is its place in the answer.
std::string SpecJson(const TaskSpec& spec, size_t place);

}  // namespace jobmesh::scraper::tasks
