#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <absl/status/status.h>

namespace jobmesh::gateway::transcode {

// What is wrong with which part of a request.
struct FieldError {
  // `body`, `path` or `query`.
  std::string location;
  // The field as the client names it: `shelf.books[2].title`; empty when the whole is wrong.
  std::string field;
  // `expected a string`.
  std::string message;
};

// INVALID_ARGUMENT with the text `field: message`, or `location: message` without a field.
absl::Status FieldErrorStatus(const FieldError& error);
// What FieldErrorStatus was made of; nothing for other statuses.
std::optional<FieldError> FieldErrorOf(const absl::Status& status);

}  // namespace jobmesh::gateway::transcode
