#pragma once

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace jobmesh::gateway::session {

// Requests by route template, never by the raw path, so that clients cannot make new series.
// Thread-safe.
class HttpMetrics {
 public:
  explicit HttpMetrics(prometheus::Registry& registry);

  void Started() { in_flight_.Increment(); }
  // `route` is the template, or "none" for a request that no route took.
  void Finished(const std::string& method, const std::string& route, int status,
                absl::Duration duration);

 private:
  // Finding a series in its family by labels costs more than all the rest of a request that is
  // answered from the cache.
  struct Series {
    prometheus::Counter* requests;
    prometheus::Histogram* seconds;
  };

  Series SeriesOf(const std::string& method, const std::string& route, int status);

  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Histogram>& seconds_;
  prometheus::Gauge& in_flight_;
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Series> series_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace jobmesh::gateway::session
