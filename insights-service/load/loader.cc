#include "insights-service/load/loader.h"

#include <utility>

#include "absl/time/clock.h"

#include "runtime/status_macros.h"
#include "runtime/telemetry/log.h"

namespace jobmesh::insights {
namespace {

constexpr int kMaxChanges = 1000;
// Bounds how stale the warehouse can be said to be when nothing changes, and how long Stop takes.
constexpr absl::Duration kLongPoll = absl::Seconds(2);
constexpr absl::Duration kTransferTime = absl::Seconds(5);
// Outlives a long poll and a transaction; a replica that died is replaced when it runs out.
constexpr absl::Duration kLease = absl::Seconds(6);
constexpr absl::Duration kPause = absl::Seconds(1);

prometheus::Counter& AppliedCounter(prometheus::Registry& registry) {
  return prometheus::BuildCounter()
      .Name("jobmesh_insights_changes_applied_total")
      .Help("Changes of the feed that this process brought into the warehouse.")
      .Register(registry)
      .Add({});
}

prometheus::Gauge& StalenessGauge(prometheus::Registry& registry) {
  return prometheus::BuildGauge()
      .Name("jobmesh_insights_staleness_seconds")
      .Help("Time since the warehouse was last known to hold everything the feed had.")
      .Register(registry)
      .Add({});
}

}  // namespace

absl::StatusOr<postings::v1::ReadChangesResponse> RpcPostingFeed::Read(const std::string& cursor,
                                                                       int max_changes,
                                                                       absl::Duration wait) {
  postings::v1::ReadChangesRequest request;
  request.set_cursor(cursor);
  request.set_max_changes(max_changes);
  request.set_wait_ms(static_cast<int>(absl::ToInt64Milliseconds(wait)));
  return scraper_.Call<postings::v1::ReadChangesResponse>(
      "jobmesh.postings.v1.ChangeFeed/ReadChanges", request,
      {.timeout = wait + kTransferTime, .idempotent = true, .as_mesh = true});
}

Loader::Loader(Warehouse& warehouse, PostingFeed& feed, std::string holder,
               prometheus::Registry& registry)
    : warehouse_(warehouse),
      feed_(feed),
      holder_(std::move(holder)),
      applied_(AppliedCounter(registry)) {}

Loader::~Loader() { Stop(); }

absl::StatusOr<bool> Loader::Turn(absl::Duration wait) {
  ASSIGN_OR_RETURN(std::optional<std::string> cursor, warehouse_.Lease(holder_, kLease));
  if (!cursor) {
    return false;
  }
  RETURN_IF_ERROR(Load(*cursor, wait));
  return true;
}

absl::Status Loader::Load(const std::string& cursor, absl::Duration wait) {
  absl::StatusOr<postings::v1::ReadChangesResponse> batch = feed_.Read(cursor, kMaxChanges, wait);
  if (absl::IsInvalidArgument(batch.status()) && !cursor.empty()) {
    // The feed does not know its own cursor: its database is another one now.
    runtime::telemetry::LogWarn("feed_cursor_refused",
                                {{"error.message", std::string(batch.status().message())}});
    return warehouse_.Clear();
  }
  RETURN_IF_ERROR(batch.status());
  ASSIGN_OR_RETURN(const int jobs,
                   warehouse_.Apply(cursor, *batch, batch->changes_size() < kMaxChanges));
  if (batch->changes_size() > 0) {
    applied_.Increment(batch->changes_size());
    runtime::telemetry::LogInfo("changes_applied",
                                {{"changes", batch->changes_size()}, {"jobs", jobs}});
  }
  return absl::OkStatus();
}

absl::Status Loader::Start() {
  thread_ = std::thread([this] { Loop(); });
  return absl::OkStatus();
}

void Loader::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Loader::Loop() {
  bool complained = false;
  while (true) {
    const absl::StatusOr<bool> leads = Turn(kLongPoll);
    if (!leads.ok() && !complained) {
      runtime::telemetry::LogWarn("load_failed",
                                  {{"error.message", std::string(leads.status().message())}});
    }
    complained = !leads.ok();
    const absl::Duration pause = leads.ok() && *leads ? absl::ZeroDuration() : kPause;
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), pause)) {
      break;
    }
  }
  // Another replica goes on at once. When this fails the lease runs out by itself.
  warehouse_.Release(holder_).IgnoreError();
}

DataVersion::DataVersion(Warehouse& warehouse, prometheus::Registry& registry)
    : warehouse_(warehouse), staleness_(StalenessGauge(registry)) {}

DataVersion::~DataVersion() { Stop(); }

absl::Status DataVersion::Refresh() {
  ASSIGN_OR_RETURN(const LoadState state, warehouse_.State());
  revision_ = state.revision;
  as_of_seconds_ = absl::ToUnixSeconds(absl::Now() - state.staleness);
  staleness_.Set(absl::ToDoubleSeconds(state.staleness));
  return absl::OkStatus();
}

absl::Status DataVersion::Start() {
  RETURN_IF_ERROR(Refresh());
  thread_ = std::thread([this] { Loop(); });
  return absl::OkStatus();
}

void DataVersion::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

void DataVersion::Loop() {
  while (true) {
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), absl::Seconds(1))) {
      return;
    }
    // The pool's own health says when the database is away.
    Refresh().IgnoreError();
  }
}

}  // namespace jobmesh::insights
