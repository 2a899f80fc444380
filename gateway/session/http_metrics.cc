#include "gateway/session/http_metrics.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"

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
  const Series series = SeriesOf(method, route, status);
  series.requests->Increment();
  series.seconds->Observe(absl::ToDoubleSeconds(duration));
}

HttpMetrics::Series HttpMetrics::SeriesOf(const std::string& method, const std::string& route,
                                          int status) {
  const std::string label = MethodLabel(method);
  const std::string key = absl::StrCat(label, " ", route, " ", status);
  {
    absl::ReaderMutexLock lock(&mutex_);
    if (const auto found = series_.find(key); found != series_.end()) {
      return found->second;
    }
  }
  const Series series{.requests = &requests_.Add(
                          {{"method", label}, {"route", route}, {"code", std::to_string(status)}}),
                      .seconds = &seconds_.Add({{"method", label}, {"route", route}},
                                               runtime::telemetry::LatencyBuckets())};
  absl::MutexLock lock(&mutex_);
  series_.emplace(key, series);
  return series;
}

}  // namespace jobmesh::gateway::session
