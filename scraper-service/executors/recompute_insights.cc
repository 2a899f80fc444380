#include "scraper-service/executors/recompute_insights.h"

#include <algorithm>
#include <utility>

#include "nlohmann/json.hpp"

namespace jobmesh::scraper {
namespace {

namespace v1 = jobmesh::insights::v1;
using tasks::Outcome;
using tasks::TaskRun;

constexpr absl::Duration kPartTimeout = absl::Seconds(30);

struct Counts {
  int64_t total = 0;
  int64_t checked = 0;
  int64_t jobs_corrected = 0;
  int64_t sums_corrected = 0;

  void Add(const v1::RecomputeInsightsResponse& part) {
    total += part.jobs_total();
    checked += part.jobs_checked();
    jobs_corrected += part.jobs_corrected();
    sums_corrected += part.sums_corrected();
  }
  // Jobs may have come since they were counted.
  double progress() const {
    return static_cast<double>(checked) /
           static_cast<double>(std::max({total, checked, int64_t{1}}));
  }
};

Outcome Recompute(TaskRun& task, const RecomputePart& recompute) {
  if (absl::Status shown = task.SetPhase("recomputing"); !shown.ok()) {
    return Outcome::Fail(shown);
  }
  Counts counts;
  v1::RecomputeInsightsRequest request;
  while (!task.cancel().cancelled()) {
    const absl::StatusOr<v1::RecomputeInsightsResponse> part = recompute(request);
    if (!part.ok()) {
      return Outcome::Fail(part.status());
    }
    counts.Add(*part);
    if (part->next_cursor().empty()) {
      return Outcome::Complete(nlohmann::json{
          {"jobs_checked", counts.checked},
          {"jobs_corrected", counts.jobs_corrected},
          {"sums_corrected",
           counts.sums_corrected}}.dump());
    }
    request.set_cursor(part->next_cursor());
    if (absl::Status shown = task.SetProgress(counts.progress()); !shown.ok()) {
      return Outcome::Fail(shown);
    }
  }
  return Outcome::Stop();
}

}  // namespace

RecomputePart RecomputeThrough(runtime::rpc::Client& insights_service) {
  return [&insights_service](const v1::RecomputeInsightsRequest& request) {
    return insights_service.Call<v1::RecomputeInsightsResponse>(
        "jobmesh.insights.v1.RecomputationService/RecomputeInsights", request,
        {.timeout = kPartTimeout, .idempotent = true, .as_mesh = true});
  };
}

tasks::Handler MakeRecomputeInsightsHandler(RecomputePart recompute) {
  return [recompute = std::move(recompute)](TaskRun& task) { return Recompute(task, recompute); };
}

tasks::Schedule RecomputeInsightsNightly() {
  tasks::TaskSpec spec;
  spec.operation = kRecomputeInsights;
  spec.unique_key = kRecomputeInsights;
  spec.retry_base = absl::Minutes(1);
  return {.name = "insights/recompute", .cron = "40 3 * * *", .spec = std::move(spec)};
}

}  // namespace jobmesh::scraper
