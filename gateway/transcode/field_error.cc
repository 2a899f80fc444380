#include "gateway/transcode/field_error.h"

#include <absl/strings/cord.h>

namespace jobmesh::gateway::transcode {
namespace {

constexpr char kTypeUrl[] = "jobmesh/field_error";
constexpr char kSeparator = '\0';

}  // namespace

absl::Status FieldErrorStatus(const FieldError& error) {
  absl::Status status = absl::InvalidArgumentError(
      (error.field.empty() ? error.location : error.field) + ": " + error.message);
  std::string payload = error.location;
  payload += kSeparator;
  payload += error.message;
  payload += kSeparator;
  payload += error.field;  // last: a key of a map in it may hold any character
  status.SetPayload(kTypeUrl, absl::Cord(payload));
  return status;
}

std::optional<FieldError> FieldErrorOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kTypeUrl);
  if (!payload.has_value()) return std::nullopt;
  const std::string text(*payload);
  const std::size_t location_end = text.find(kSeparator);
  const std::size_t message_end = text.find(kSeparator, location_end + 1);
  return FieldError{.location = text.substr(0, location_end),
                    .field = text.substr(message_end + 1),
                    .message = text.substr(location_end + 1, message_end - location_end - 1)};
}

}  // namespace jobmesh::gateway::transcode
