#include "scraper-service/tasks/task.h"

#include <array>
#include <utility>

namespace jobmesh::scraper::tasks {
namespace {

constexpr std::array<std::pair<TaskState, std::string_view>, 6> kNames{
    {{TaskState::kAvailable, "available"},
     {TaskState::kRetryable, "retryable"},
     {TaskState::kRunning, "running"},
     {TaskState::kCompleted, "completed"},
     {TaskState::kDiscarded, "discarded"},
     {TaskState::kCancelled, "cancelled"}}};

}  // namespace

std::string_view StateName(TaskState state) {
  for (const auto& [value, name] : kNames) {
    if (value == state) {
      return name;
    }
  }
  return "";
}

std::optional<TaskState> ParseState(std::string_view name) {
  for (const auto& [value, text] : kNames) {
    if (text == name) {
      return value;
    }
  }
  return std::nullopt;
}

bool IsFinal(TaskState state) {
  return state == TaskState::kCompleted || state == TaskState::kDiscarded ||
         state == TaskState::kCancelled;
}

}  // namespace jobmesh::scraper::tasks
