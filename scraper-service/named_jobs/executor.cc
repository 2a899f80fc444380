#include "scraper-service/named_jobs/executor.h"

#include <algorithm>
#include <chrono>

#include "nlohmann/json.hpp"

#include "scraper-service/named_jobs/job_rules.h"

namespace jobmesh::scraper::named_jobs {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using tasks::Outcome;

constexpr milliseconds kShortestStep{1000};
constexpr int kSteps = 50;

}  // namespace

Outcome RunNamedJob(tasks::TaskRun& run) {
  const auto payload =
      nlohmann::json::parse(run.task().payload, nullptr, /*allow_exceptions=*/false);
  if (!payload.is_object() || !payload.contains("estimated_time") ||
      !payload["estimated_time"].is_number()) {
    return Outcome::GiveUp(absl::InvalidArgumentError("estimated_time: is required"));
  }
  const double seconds = std::clamp(payload["estimated_time"].get<double>(), 0.0, kLongestSeconds);
  const milliseconds total(static_cast<int64_t>(seconds * 1000));
  const milliseconds step = std::max(kShortestStep, total / kSteps);
  const Clock::time_point start = Clock::now();
  while (true) {
    const auto done = std::chrono::duration_cast<milliseconds>(Clock::now() - start);
    if (done >= total) {
      return Outcome::Complete();
    }
    if (done >= step) {
      // Also tells whether the lease is still ours.
      if (absl::Status shown = run.SetProgress(static_cast<double>(done.count()) /
                                               static_cast<double>(total.count()));
          absl::IsAborted(shown)) {
        return Outcome::Stop();
      }
    }
    if (run.cancel().WaitFor(std::min(step, total - done))) {
      return Outcome::Stop();
    }
  }
}

}  // namespace jobmesh::scraper::named_jobs
