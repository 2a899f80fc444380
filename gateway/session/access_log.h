#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/time/time.h"

#include "gateway/http/message.h"
#include "runtime/telemetry/trace.h"

namespace jobmesh::gateway::session {

// Which requests get a line in the log.
enum class AccessLogMode { kOff, kErrors, kOn };

// One answered request.
struct AccessRecord {
  const http::Request& request;
  const http::Response& response;
  std::string_view route;  // template, or "none"
  std::string_view request_id;
  // Null where no trace was begun.
  const runtime::telemetry::TraceContext* trace = nullptr;
  // Who asked; nothing for a visitor.
  std::optional<std::int64_t> user_id;
  absl::Duration duration;
};

// Writes one `http_request` line: a warning for a 5xx, unless the mode is kOff; else at level info
// where the mode is kOn and at level debug where it is not. Thread-safe.
void LogAccess(AccessLogMode mode, const AccessRecord& record);

}  // namespace jobmesh::gateway::session
