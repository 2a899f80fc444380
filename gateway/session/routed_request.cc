#include "gateway/session/routed_request.h"

#include <optional>
#include <utility>

#include "absl/time/clock.h"

#include "gateway/session/call_headers.h"
#include "gateway/session/error_response.h"
#include "runtime/telemetry/log.h"

namespace jobmesh::gateway::session {
namespace {

using runtime::telemetry::LogLevel;
using runtime::telemetry::TraceContext;

TraceContext TraceOf(const http::Request& request) {
  std::optional<TraceContext> parent =
      TraceContext::Parse(request.headers.Find("traceparent").value_or(""));
  return parent ? parent->Child() : TraceContext::New();
}

}  // namespace

RoutedRequest::RoutedRequest(Gateway& gateway, std::shared_ptr<http::Exchange> exchange,
                             std::shared_ptr<const routes::Catalog> catalog,
                             routes::RouteMatch match)
    : gateway_(gateway),
      exchange_(std::move(exchange)),
      catalog_(std::move(catalog)),
      match_(std::move(match)),
      start_(absl::Now()),
      request_id_(RequestIdOf(exchange_->request)),
      trace_(TraceOf(exchange_->request)),
      token_(TokenOf(exchange_->request)) {
  gateway_.metrics().Started();
}

void RoutedRequest::Mark(http::Headers& headers) const {
  headers.Set("X-Request-ID", request_id_);
  headers.Set("X-Trace-ID", trace_.trace_id);
  gateway_.cors().Mark(request(), headers);
}

void RoutedRequest::Finished(int http_status) const {
  const absl::Duration duration = absl::Now() - start_;
  gateway_.metrics().Finished(request().method, route().path.text, http_status, duration);
  const LogLevel level = http_status >= 500 ? LogLevel::kWarn : LogLevel::kDebug;
  if (runtime::telemetry::LogEnabled(level)) {
    runtime::telemetry::TraceScope scope(trace_);
    runtime::telemetry::Log(level, "http_request",
                            {{"http.request.method", request().method},
                             {"url.path", std::string(request().path())},
                             {"http.response.status_code", http_status},
                             {"http.request.id", request_id_},
                             {"event.duration", absl::ToInt64Nanoseconds(duration)}});
  }
}

void RoutedRequest::Answer(http::Response response) const {
  Mark(response.headers);
  Finished(response.status);
  exchange_->Respond(std::move(response));
}

void RoutedRequest::Fail(const absl::Status& status) const {
  Answer(ErrorResponse(status, policy().error_style, policy().invalid_status));
}

}  // namespace jobmesh::gateway::session
