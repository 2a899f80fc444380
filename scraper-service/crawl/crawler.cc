#include "scraper-service/crawl/crawler.h"

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"

#include "runtime/status_macros.h"
#include "runtime/telemetry/log.h"
#include "scraper-service/crawl/run_sink.h"
#include "scraper-service/sources/adapter.h"

namespace jobmesh::scraper {
namespace {

namespace v1 = jobmesh::scraping::v1;
using runtime::telemetry::LogInfo;
using runtime::telemetry::LogWarn;

constexpr absl::Duration kPoll = absl::Seconds(1);

v1::Run ToRun(const sources::Outcome& outcome) {
  v1::Run run;
  run.set_outcome(std::string(sources::OutcomeName(outcome.kind)));
  run.set_message(outcome.message);
  run.set_fetched(outcome.fetched);
  run.set_unchanged(outcome.unchanged);
  run.set_parsed(outcome.parsed);
  run.set_failed(outcome.failed);
  for (const std::string& sample : outcome.samples) {
    run.add_samples(sample);
  }
  return run;
}

// What came from the source could not be stored: the run counts as partial.
void NoteStoreFailure(const absl::Status& status, v1::Run& run) {
  run.set_outcome("partial");
  run.set_message(absl::StrCat("postings could not be stored: ", status.message()));
}

}  // namespace

Crawler::Crawler(std::vector<sources::SourceConfig> sources, CrawlerParts parts, int max_runs,
                 prometheus::Registry& metrics)
    : configs_(std::move(sources)),
      parts_(std::move(parts)),
      max_runs_(max_runs),
      metrics_(metrics) {}

Crawler::~Crawler() { Stop(); }

void Crawler::Wake() {
  absl::MutexLock lock(&mutex_);
  wake_ = true;
}

absl::Status Crawler::Start() {
  for (const sources::SourceConfig& config : configs_) {
    RETURN_IF_ERROR(parts_.sources.Ensure(config.name));
  }
  scheduler_ = std::thread([this] { Schedule(); });
  return absl::OkStatus();
}

void Crawler::Drain(absl::Time) { Stop(); }

void Crawler::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  stop_.Cancel();
  if (scheduler_.joinable()) {
    scheduler_.join();
  }
  for (auto& [id, run] : runs_) {
    run.join();
  }
  runs_.clear();
}

void Crawler::Schedule() {
  while (true) {
    JoinEndedRuns();
    StartDueRuns();
    absl::MutexLock lock(&mutex_);
    auto woken = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return wake_ || stopping_; };
    mutex_.AwaitWithTimeout(absl::Condition(&woken), kPoll);
    wake_ = false;
    if (stopping_) {
      return;
    }
  }
}

void Crawler::StartDueRuns() {
  for (const sources::SourceConfig& config : configs_) {
    if (static_cast<int>(runs_.size()) >= max_runs_ || stop_.cancelled()) {
      return;
    }
    absl::StatusOr<std::optional<Fence>> fence =
        parts_.sources.Claim(config.name, config.enabled, parts_.lease);
    if (!fence.ok()) {
      LogWarn("claim_failed",
              {{"source", config.name}, {"error.message", std::string(fence.status().message())}});
      return;
    }
    if (!fence->has_value()) {
      continue;
    }
    std::thread run([this, &config, fence = **fence] {
      Run(config, fence);
      absl::MutexLock lock(&mutex_);
      ended_.push_back(std::this_thread::get_id());
      wake_ = true;  // another run may start in its place
    });
    runs_.emplace(run.get_id(), std::move(run));
  }
}

void Crawler::JoinEndedRuns() {
  std::vector<std::thread::id> ended;
  {
    absl::MutexLock lock(&mutex_);
    ended.swap(ended_);
  }
  for (const std::thread::id id : ended) {
    auto run = runs_.extract(id);
    run.mapped().join();
  }
}

void Crawler::Run(const sources::SourceConfig& config, const Fence& fence) {
  LogInfo("run_started", {{"source", config.name}});
  const absl::Time start = absl::Now();
  const v1::Run run = Crawl(config, fence);
  if (stop_.cancelled()) {
    parts_.sources.GiveUp(fence).IgnoreError();  // otherwise the lease runs out
    return;
  }
  absl::Status finished = parts_.sources.Finish(fence, run, absl::Seconds(config.schedule.count()));
  if (!finished.ok()) {
    LogWarn("run_not_recorded",
            {{"source", config.name}, {"error.message", std::string(finished.message())}});
    return;
  }
  parts_.on_change();
  Report(config, run);
  LogInfo("run_finished", {{"source", config.name},
                           {"outcome", run.outcome()},
                           {"fetched", run.fetched()},
                           {"parsed", run.parsed()},
                           {"created", run.created()},
                           {"updated", run.updated()},
                           {"closed", run.closed()},
                           {"failed", run.failed()},
                           {"event.duration", absl::ToInt64Nanoseconds(absl::Now() - start)}});
}

v1::Run Crawler::Crawl(const sources::SourceConfig& config, const Fence& fence) {
  fetch::CancelToken cancel;
  std::atomic<bool> over{false};
  std::thread heartbeat([&] { KeepLease(fence, over, cancel); });
  absl::Cleanup join = [&] {
    over = true;
    heartbeat.join();
  };
  // Without them every page comes again, no more.
  auto found_before = parts_.sources.FindRunPages(config.name);
  RunSink sink(fence, parts_.postings, parts_.sources, parts_.pages, parts_.vocabulary.Get(),
               found_before.ok() ? *std::move(found_before) : std::map<std::string, std::string>());
  sources::CrawlContext context;
  context.cancel = &cancel;
  const sources::Outcome outcome =
      sources::MakeAdapter(config.adapter)->Crawl(config, parts_.fetcher, sink, context);
  v1::Run run = ToRun(outcome);
  absl::Status flushed = sink.Flush();
  if (!flushed.ok()) {
    NoteStoreFailure(flushed, run);
  } else if (outcome.complete && outcome.kind == sources::OutcomeKind::kOk) {
    absl::StatusOr<int> closed = sink.CloseMissing();
    closed.ok() ? run.set_closed(*closed) : NoteStoreFailure(closed.status(), run);
  }
  run.set_created(sink.counts().created);
  run.set_updated(sink.counts().updated);
  return run;
}

void Crawler::KeepLease(const Fence& fence, const std::atomic<bool>& over,
                        fetch::CancelToken& cancel) {
  const absl::Duration heartbeat = parts_.lease / 4;
  absl::Time next = absl::Now() + heartbeat;
  // Short steps, so that neither a finished run nor a stopping process waits for a heartbeat.
  while (!over && !stop_.WaitFor(std::chrono::milliseconds(50))) {
    if (absl::Now() < next) {
      continue;
    }
    next = absl::Now() + heartbeat;
    if (absl::IsAborted(parts_.sources.Extend(fence, parts_.lease))) {
      break;
    }
  }
  if (!over) {
    cancel.Cancel();
  }
}

void Crawler::Report(const sources::SourceConfig& config, const v1::Run& run) {
  auto& ingested = prometheus::BuildCounter()
                       .Name("jobmesh_postings_ingested_total")
                       .Help("Postings that runs brought, by what became of them.")
                       .Register(metrics_);
  const auto count = [&](const char* outcome, int number) {
    ingested.Add({{"source", config.name}, {"outcome", outcome}}).Increment(number);
  };
  count("new", run.created());
  count("updated", run.updated());
  count("unchanged", run.parsed() - run.created() - run.updated() > 0
                         ? run.parsed() - run.created() - run.updated()
                         : 0);
  count("closed", run.closed());
  count("rejected", run.failed());
  prometheus::BuildCounter()
      .Name("jobmesh_source_runs_total")
      .Help("Runs over sources, by outcome.")
      .Register(metrics_)
      .Add({{"source", config.name}, {"outcome", run.outcome()}})
      .Increment();
  if (run.outcome() == "ok" || run.outcome() == "partial") {
    prometheus::BuildGauge()
        .Name("jobmesh_source_last_success_timestamp_seconds")
        .Help("When a run last brought postings, in seconds since the epoch.")
        .Register(metrics_)
        .Add({{"source", config.name}})
        .Set(static_cast<double>(absl::ToUnixSeconds(absl::Now())));
  }
}

}  // namespace jobmesh::scraper
