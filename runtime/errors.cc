#include "runtime/errors.h"

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"

#include "runtime/strings.h"

namespace jobmesh::runtime {
absl::Status Error(absl::StatusCode code, ErrorReason reason, std::string_view message,
                   std::map<std::string, std::string> metadata) {
  absl::Status status(code, Av(message));
  errors::v1::ErrorInfo info;
  info.set_reason(errors::v1::ErrorReason_Name(reason));
  while (!metadata.empty()) {
    auto entry = metadata.extract(metadata.begin());
    (*info.mutable_metadata())[entry.key()] = std::move(entry.mapped());
  }
  status.SetPayload(kErrorInfoUrl, absl::Cord(info.SerializeAsString()));
  return status;
}

absl::Status InvalidField(std::string_view field, std::string_view problem) {
  std::string message(field);
  message.append(": ").append(problem);
  return Error(absl::StatusCode::kInvalidArgument, ErrorReason::INVALID_FIELD, message,
               {{"field", std::string(field)}});
}

std::optional<ErrorDetail> DetailOf(const absl::Status& status) {
  absl::optional<absl::Cord> payload = status.GetPayload(kErrorInfoUrl);
  errors::v1::ErrorInfo info;
  if (!payload || !info.ParseFromString(std::string(*payload))) {
    return std::nullopt;
  }
  ErrorDetail detail{info.reason(), {}};
  detail.metadata.insert(info.metadata().begin(), info.metadata().end());
  return detail;
}

std::optional<int> RetryAfterSeconds(const absl::Status& status) {
  std::optional<ErrorDetail> detail = DetailOf(status);
  if (!detail) {
    return std::nullopt;
  }
  auto it = detail->metadata.find("retry_after_seconds");
  int seconds = 0;
  if (it == detail->metadata.end() || !absl::SimpleAtoi(it->second, &seconds)) {
    return std::nullopt;
  }
  return seconds;
}

}  // namespace jobmesh::runtime
