#include "scraper-service/crawl/source_service.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"

namespace jobmesh::scraper {
namespace {

namespace v1 = jobmesh::scraping::v1;
using runtime::rpc::CallContext;

constexpr absl::Duration kRunPoll = absl::Milliseconds(50);

absl::Status UnknownSource(const std::string& name) {
  return runtime::Error(absl::StatusCode::kNotFound, runtime::ErrorReason::SOURCE_NOT_FOUND,
                        absl::StrCat("There is no source ", name), {{"source", name}});
}

}  // namespace

absl::StatusOr<v1::ListSourcesResponse> SourceHandlers::ListSources(const CallContext&,
                                                                    const v1::ListSourcesRequest&) {
  ASSIGN_OR_RETURN(auto states, repository_.List());
  v1::ListSourcesResponse response;
  for (const sources::SourceConfig& config : configs_) {
    v1::Source source = states[config.name];
    source.set_name(config.name);
    source.set_adapter(config.adapter);
    source.set_url(config.Shown(config.url));
    source.set_enabled(config.enabled);
    *response.add_sources() = std::move(source);
  }
  std::ranges::sort(*response.mutable_sources(), {},
                    [](const v1::Source& source) { return source.name(); });
  return response;
}

absl::StatusOr<v1::ScrapeSourceResponse> SourceHandlers::ScrapeSource(
    const CallContext& call, const v1::ScrapeSourceRequest& request) {
  ASSIGN_OR_RETURN(v1::ScrapeResponse all, RunNow(call, {request.source()}));
  v1::ScrapeSourceResponse response;
  *response.mutable_run() = all.runs().at(request.source());
  return response;
}

absl::StatusOr<v1::ScrapeResponse> SourceHandlers::Scrape(const CallContext& call,
                                                          const v1::ScrapeRequest& request) {
  std::vector<std::string> names;
  for (const sources::SourceConfig& config : configs_) {
    if (request.source().empty() ? config.enabled : config.name == request.source()) {
      names.push_back(config.name);
    }
  }
  if (names.empty() && !request.source().empty()) {
    return UnknownSource(request.source());
  }
  return RunNow(call, names);
}

absl::StatusOr<v1::ScrapeResponse> SourceHandlers::RunNow(const CallContext& call,
                                                          const std::vector<std::string>& names) {
  std::map<std::string, std::string> waiting;  // request times by source
  for (const std::string& name : names) {
    const bool known =
        std::ranges::any_of(configs_, [&](const auto& config) { return config.name == name; });
    if (!known) {
      return UnknownSource(name);
    }
    ASSIGN_OR_RETURN(waiting[name], repository_.RequestRun(name));
  }
  wake_();
  v1::ScrapeResponse response;
  while (!waiting.empty()) {
    if (call.TimeLeft() < 2 * kRunPoll) {
      return absl::DeadlineExceededError("The run takes longer than the caller waits; it goes on");
    }
    absl::SleepFor(kRunPoll);
    for (auto it = waiting.begin(); it != waiting.end();) {
      ASSIGN_OR_RETURN(std::optional<v1::Run> run, repository_.FinishedRun(it->first, it->second));
      if (run) {
        (*response.mutable_runs())[it->first] = *std::move(run);
        it = waiting.erase(it);
      } else {
        ++it;
      }
    }
  }
  return response;
}

std::unique_ptr<runtime::rpc::Service> MakeSourceService(SourceHandlers& handlers) {
  auto service = std::make_unique<runtime::rpc::Service>("jobmesh.scraping.v1.SourceService");
  service->Unary("ListSources", &handlers, &SourceHandlers::ListSources)
      .Unary("ScrapeSource", &handlers, &SourceHandlers::ScrapeSource)
      .Unary("Scrape", &handlers, &SourceHandlers::Scrape);
  return service;
}

}  // namespace jobmesh::scraper
