#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/struct.pb.h"

#include "jobmesh/tasks/v1/tasks.pb.h"
#include "scraper-service/tasks/lease_repository.h"
#include "scraper-service/tasks/task.h"

namespace jobmesh::scraper::tasks {

// Between the queue's own types and the messages of its API.

jobmesh::tasks::v1::TaskState ToMessage(TaskState state);
std::optional<TaskState> FromMessage(jobmesh::tasks::v1::TaskState state);
// Without the lease token, and without times that are not set.
jobmesh::tasks::v1::Task ToMessage(const Task& task);
jobmesh::tasks::v1::TaskLogLine ToMessage(const TaskLogLine& line);
// INVALID_ARGUMENT (INVALID_FIELD) for what no spec can hold.
absl::StatusOr<TaskSpec> FromMessage(const jobmesh::tasks::v1::TaskSpec& message);
Lease FromMessage(const jobmesh::tasks::v1::Lease& message);

absl::Duration DurationOf(const google::protobuf::Duration& duration);

// Struct and Value as JSON text; whole numbers without a fraction.
std::string JsonOf(const google::protobuf::Struct& message);
std::string JsonOf(const google::protobuf::Value& message);

}  // namespace jobmesh::scraper::tasks
