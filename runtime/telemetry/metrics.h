#pragma once

#include <array>
#include <memory>
#include <string>

#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace jobmesh::runtime::telemetry {

// Upper bounds, in seconds, of latency histograms: Prometheus's own, and the objective of 0.3 s
// exactly.
const prometheus::Histogram::BucketBoundaries& LatencyBuckets();

// Name of a gRPC code as the public dashboards spell it: "OK", "NotFound", …
const char* CodeName(int code);

// The standard metrics of one side of gRPC (names of go-grpc-prometheus), for one method. Every
// code is there from the start with 0, so that rates exist before the first error.
class RpcMetrics {
 public:
  enum class Side { kServer, kClient };
  RpcMetrics(prometheus::Registry& registry, Side side, const std::string& type,
             const std::string& service, const std::string& method);

  void Started() { started_->Increment(); }
  void Handled(int code, double seconds);
  void MessageReceived() { received_->Increment(); }
  void MessageSent() { sent_->Increment(); }

 private:
  static constexpr int kCodes = 17;
  prometheus::Counter* started_;
  std::array<prometheus::Counter*, kCodes> handled_;
  prometheus::Histogram* seconds_;
  prometheus::Counter* received_;
  prometheus::Counter* sent_;
};

// Adds process_* (cpu, memory, descriptors, start time) and jobmesh_build_info.
void AddProcessMetrics(prometheus::Registry& registry, const std::string& version);
// Brings process_* up to date; called before each scrape.
void UpdateProcessMetrics();

// The registry in the Prometheus text format.
std::string Exposition(const prometheus::Registry& registry);

}  // namespace jobmesh::runtime::telemetry
