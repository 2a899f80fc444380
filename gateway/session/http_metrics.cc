#include "gateway/session/http_metrics.h"

#include <algorithm>
#include <string_view>

#include "runtime/telemetry/metrics.h"

namespace jobmesh::gateway::session {
namespace {

// A method is the client's text: only the standard ones become a label.
std::string MethodLabel(const std::string& method) {
  static constexpr std::string_view kMethods[] = {"GET",   "HEAD",   "POST",   "PUT",
                                                  "PATCH", "DELETE", "OPTIONS"};
  return std::ranges::find(kMethods, method) != std::end(kMethods) ? method : "other";
}

}  // namespace

HttpMetrics::HttpMetrics(prometheus::Registry& registry)
    : requests_(prometheus::BuildCounter()
                    .Name("http_server_requests_total")
                    .Help("Requests answered, by method, route and status.")
                    .Register(registry)),
      seconds_(prometheus::BuildHistogram()
                   .Name("http_server_request_duration_seconds")
                   .Help("Time from a request's last byte to its answer.")
                   .Register(registry)),
      in_flight_(prometheus::BuildGauge()
                     .Name("http_server_in_flight_requests")
                     .Help("Requests being worked on.")
                     .Register(registry)
                     .Add({})) {}

void HttpMetrics::Finished(const std::string& method, const std::string& route, int status,
                           absl::Duration duration) {
  in_flight_.Decrement();
  const std::string label = MethodLabel(method);
  requests_.Add({{"method", label}, {"route", route}, {"code", std::to_string(status)}})
      .Increment();
  seconds_.Add({{"method", label}, {"route", route}}, runtime::telemetry::LatencyBuckets())
      .Observe(absl::ToDoubleSeconds(duration));
}

}  // namespace jobmesh::gateway::session
