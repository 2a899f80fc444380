#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/registry.h"

#include "insights-service/load/posting_feed.h"
#include "insights-service/load/warehouse.h"
#include "runtime/lifecycle/part.h"
#include "runtime/rpc/client.h"

namespace jobmesh::insights {

// The feed through the mesh.
class RpcPostingFeed : public PostingFeed {
 public:
  // `scraper`: a client of the scraper-service, which must outlive this.
  explicit RpcPostingFeed(runtime::rpc::Client& scraper) : scraper_(scraper) {}
  absl::StatusOr<postings::v1::ReadChangesResponse> Read(const std::string& cursor, int max_changes,
                                                         absl::Duration wait) override;

 private:
  runtime::rpc::Client& scraper_;
};

// Brings the changes of the feed into the warehouse. One replica does it at a time, by a lease; two
// at once would do no harm, because the cursor moves with what is stored.
class Loader : public runtime::lifecycle::Part {
 public:
  // `holder`: identity of this process.
  Loader(Warehouse& warehouse, PostingFeed& feed, std::string holder,
         prometheus::Registry& registry);
  ~Loader() override;

  std::string name() const override { return "loader"; }
  absl::Status Start() override;
  void Stop() override;

  // One turn: leases, reads for at most `wait`, stores. False when another replica has the lease.
  absl::StatusOr<bool> Turn(absl::Duration wait);

 private:
  absl::Status Load(const std::string& cursor, absl::Duration wait);
  void Loop();

  Warehouse& warehouse_;
  PostingFeed& feed_;
  const std::string holder_;
  prometheus::Counter& applied_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// Knows the revision of the warehouse, whichever replica loads it: asks once a second. Thread-safe.
class DataVersion : public runtime::lifecycle::Part {
 public:
  DataVersion(Warehouse& warehouse, prometheus::Registry& registry);
  ~DataVersion() override;

  std::string name() const override { return "data-version"; }
  absl::Status Start() override;
  void Stop() override;

  int64_t revision() const { return revision_; }
  // The warehouse holds everything that the feed had at this time.
  absl::Time as_of() const { return absl::FromUnixSeconds(as_of_seconds_); }
  // Asks now. Keeps what was known when the database does not answer.
  absl::Status Refresh();

 private:
  void Loop();

  Warehouse& warehouse_;
  prometheus::Gauge& staleness_;
  std::atomic<int64_t> revision_{0};
  std::atomic<int64_t> as_of_seconds_{0};
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace jobmesh::insights
