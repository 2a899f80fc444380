#include "scraper-service/executors/scrape.h"

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace jobmesh::scraper {
namespace {

using tasks::Outcome;
using tasks::TaskRun;

constexpr auto kPoll = std::chrono::milliseconds(100);

std::string ResultOf(const scraping::v1::Run& run) {
  return nlohmann::json{{"outcome", run.outcome()}, {"message", run.message()},
                        {"fetched", run.fetched()}, {"parsed", run.parsed()},
                        {"failed", run.failed()},   {"created", run.created()},
                        {"updated", run.updated()}, {"closed", run.closed()}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Outcome Scrape(TaskRun& task, SourceRepository& sources, const std::function<void()>& wake) {
  const nlohmann::json payload = nlohmann::json::parse(task.task().payload, nullptr, false);
  if (!payload.is_object() || !payload.contains("source") || !payload["source"].is_string()) {
    return Outcome::GiveUp(absl::InvalidArgumentError("source: is required"));
  }
  const auto source = payload["source"].get<std::string>();
  absl::StatusOr<std::string> requested = sources.RequestRun(source);
  if (!requested.ok()) {
    return Outcome::Fail(requested.status());
  }
  wake();
  if (absl::Status shown = task.SetPhase("crawling"); !shown.ok()) {
    return Outcome::Fail(shown);
  }
  while (!task.cancel().WaitFor(kPoll)) {
    absl::StatusOr<std::optional<scraping::v1::Run>> run = sources.FinishedRun(source, *requested);
    if (!run.ok()) {
      return Outcome::Fail(run.status());
    }
    if (run->has_value()) {
      const std::string line = absl::StrCat(source, ": ", (*run)->outcome(), ", ", (*run)->parsed(),
                                            " postings, ", (*run)->created(), " new");
      task.Log(line).IgnoreError();  // the result says it too
      return Outcome::Complete(ResultOf(**run));
    }
  }
  return Outcome::Stop();
}

}  // namespace

tasks::Handler MakeScrapeHandler(SourceRepository& sources, std::function<void()> wake) {
  return [&sources, wake = std::move(wake)](TaskRun& task) { return Scrape(task, sources, wake); };
}

}  // namespace jobmesh::scraper
