#include "runtime/telemetry/metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>

#include "prometheus/text_serializer.h"

namespace jobmesh::runtime::telemetry {
namespace {

struct ProcessGauges {
  prometheus::Gauge* cpu_seconds = nullptr;
  prometheus::Gauge* resident_bytes = nullptr;
  prometheus::Gauge* open_descriptors = nullptr;
};

ProcessGauges& Gauges() {
  static ProcessGauges gauges;
  return gauges;
}

}  // namespace

const prometheus::Histogram::BucketBoundaries& LatencyBuckets() {
  static const prometheus::Histogram::BucketBoundaries& buckets =
      *new prometheus::Histogram::BucketBoundaries{.005, .01, .025, .05, .1, .25,
                                                   .3,   .5,  1,    2.5, 5,  10};
  return buckets;
}

const char* CodeName(int code) {
  // Spelling of grpc-go's codes.Code, which public dashboards expect.
  static constexpr const char* kNames[] = {
      "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
      "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
      "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
      "DataLoss", "Unauthenticated"};
  return code >= 0 && code < 17 ? kNames[code] : "Unknown";
}

RpcMetrics::RpcMetrics(prometheus::Registry& registry, Side side, const std::string& type,
                       const std::string& service, const std::string& method) {
  const std::string prefix = side == Side::kServer ? "grpc_server_" : "grpc_client_";
  const std::string where = side == Side::kServer ? " on the server." : " on the client.";
  const prometheus::Labels labels{
      {"grpc_type", type}, {"grpc_service", service}, {"grpc_method", method}};
  auto counter = [&](const char* name,
                     const char* help) -> prometheus::Family<prometheus::Counter>& {
    return prometheus::BuildCounter().Name(prefix + name).Help(help + where).Register(registry);
  };
  started_ = &counter("started_total", "RPCs started").Add(labels);
  received_ = &counter("msg_received_total", "Messages received").Add(labels);
  sent_ = &counter("msg_sent_total", "Messages sent").Add(labels);
  auto& handled = counter("handled_total", "RPCs completed, by code,");
  for (int code = 0; code < kCodes; ++code) {
    prometheus::Labels with_code = labels;
    with_code["grpc_code"] = CodeName(code);
    handled_[code] = &handled.Add(with_code);
  }
  seconds_ = &prometheus::BuildHistogram()
                  .Name(prefix + "handling_seconds")
                  .Help("Time until an RPC completed" + where)
                  .Register(registry)
                  .Add(labels, LatencyBuckets());
}

void RpcMetrics::Handled(int code, double seconds) {
  handled_[code >= 0 && code < kCodes ? code : 2]->Increment();
  seconds_->Observe(seconds);
}

void AddProcessMetrics(prometheus::Registry& registry, const std::string& version) {
  auto gauge = [&](const char* name, const char* help) {
    return &prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
  };
  ProcessGauges& gauges = Gauges();
  gauges.cpu_seconds =
      gauge("process_cpu_seconds_total", "User and system CPU time spent, in seconds.");
  gauges.resident_bytes = gauge("process_resident_memory_bytes", "Resident memory, in bytes.");
  gauges.open_descriptors = gauge("process_open_fds", "Open file descriptors.");
  gauge("process_start_time_seconds", "Start of the process, in seconds since the epoch.")
      ->Set(static_cast<double>(std::time(nullptr)));
  prometheus::BuildGauge()
      .Name("jobmesh_build_info")
      .Help("1; the labels tell the build.")
      .Register(registry)
      .Add({{"version", version}})
      .Set(1);
}

void UpdateProcessMetrics() {
  ProcessGauges& gauges = Gauges();
  if (gauges.cpu_seconds == nullptr) {
    return;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + time.tv_usec * 1e-6;
  };
  gauges.cpu_seconds->Set(seconds(usage.ru_utime) + seconds(usage.ru_stime));
  std::ifstream statm("/proc/self/statm");  // proc(5): total and resident size in pages
  double total = 0;
  double resident = 0;
  statm >> total >> resident;
  gauges.resident_bytes->Set(resident * static_cast<double>(sysconf(_SC_PAGESIZE)));
  std::error_code error;
  double descriptors = 0;
  for (std::filesystem::directory_iterator it("/proc/self/fd", error), end; !error && it != end;
       it.increment(error)) {
    ++descriptors;
  }
  gauges.open_descriptors->Set(descriptors);
}

std::string Exposition(const prometheus::Registry& registry) {
  return prometheus::TextSerializer().Serialize(registry.Collect());
}

}  // namespace jobmesh::runtime::telemetry
