#pragma once

#include <string>
#include <vector>

#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

#include "scraper-service/tasks/queue_repository.h"

namespace jobmesh::scraper::tasks {

// What a process counts of the queue. Thread-safe.
class TaskMetrics {
 public:
  explicit TaskMetrics(prometheus::Registry& registry);

  void Claimed(const std::string& queue, size_t tasks) { Add(claimed_, queue, tasks); }
  // `end`: completed, advanced, failed, discarded, cancelled, released or lost.
  void Ended(const std::string& queue, const std::string& end, size_t tasks = 1) {
    ended_.Add({{"queue", queue}, {"end", end}}).Increment(static_cast<double>(tasks));
  }
  void Rescued(size_t tasks) { rescued_.Increment(static_cast<double>(tasks)); }
  // How long a handler ran.
  void Ran(const std::string& operation, double seconds);
  // The state of all queues, as one process sees it.
  void Show(const std::vector<QueueCounts>& counts);

 private:
  static void Add(prometheus::Family<prometheus::Counter>& family, const std::string& queue,
                  size_t tasks) {
    family.Add({{"queue", queue}}).Increment(static_cast<double>(tasks));
  }

  prometheus::Family<prometheus::Counter>& claimed_;
  prometheus::Family<prometheus::Counter>& ended_;
  prometheus::Counter& rescued_;
  prometheus::Family<prometheus::Histogram>& seconds_;
  prometheus::Family<prometheus::Gauge>& tasks_;
  prometheus::Family<prometheus::Gauge>& oldest_;
};

}  // namespace jobmesh::scraper::tasks
