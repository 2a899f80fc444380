#include "gateway/session/access_log.h"

#include <string>

#include "runtime/telemetry/log.h"

namespace jobmesh::gateway::session {

void LogAccess(AccessLogMode mode, const AccessRecord& record) {
  using runtime::telemetry::LogLevel;
  const int status = record.response.status;
  const LogLevel level = status >= 500                ? LogLevel::kWarn
                         : mode == AccessLogMode::kOn ? LogLevel::kInfo
                                                      : LogLevel::kDebug;
  if (mode == AccessLogMode::kOff || !runtime::telemetry::LogEnabled(level)) {
    return;
  }
  std::optional<runtime::telemetry::TraceScope> scope;
  if (record.trace != nullptr) {
    scope.emplace(*record.trace);
  }
  const http::Request& request = record.request;
  runtime::telemetry::Log(
      level, "http_request",
      {{"http.request.method", request.method},
       {"url.path", std::string(request.path())},
       {"http.route", record.route},
       {"http.response.status_code", status},
       {"http.response.body.bytes", record.response.content().size()},
       {"http.request.id", record.request_id},
       {"client.address", request.remote_address},
       {"user.id", record.user_id ? std::to_string(*record.user_id) : std::string()},
       {"jobmesh.cache", record.response.headers.Find("x-cache").value_or("")},
       {"event.duration", absl::ToInt64Nanoseconds(record.duration)}});
}

}  // namespace jobmesh::gateway::session
