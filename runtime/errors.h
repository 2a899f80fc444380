#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

#include "jobmesh/errors/v1/error_reasons.pb.h"

namespace jobmesh::runtime {

using errors::v1::ErrorReason;

// Under which an ErrorInfo is attached to a status, here and on the wire.
inline constexpr char kErrorInfoUrl[] = "type.googleapis.com/google.rpc.ErrorInfo";

// What an error carries besides code and message: google.rpc.ErrorInfo without its domain, which
// the serving process adds when the error crosses its boundary.
struct ErrorDetail {
  std::string reason;  // name of an ErrorReason
  std::map<std::string, std::string> metadata;
};

// A status that carries a reason of proto/jobmesh/errors. `message` is shown to people: it says
// what happened and, where that is not obvious, what to do.
absl::Status Error(absl::StatusCode code, ErrorReason reason, std::string_view message,
                   std::map<std::string, std::string> metadata = {});

// INVALID_ARGUMENT "<field>: <problem>", reason INVALID_FIELD, metadata field.
absl::Status InvalidField(std::string_view field, std::string_view problem);

// The reason and metadata of a status, or nothing when it carries none.
std::optional<ErrorDetail> DetailOf(const absl::Status& status);

// Seconds after which the caller may try again, or nothing: metadata retry_after_seconds.
std::optional<int> RetryAfterSeconds(const absl::Status& status);

}  // namespace jobmesh::runtime
