#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "jobmesh/scraping/v1/sources.pb.h"
#include "runtime/rpc/service.h"
#include "scraper-service/crawl/source_repository.h"
#include "scraper-service/sources/source_config.h"

namespace jobmesh::scraper {

// jobmesh.scraping.v1.SourceService. Thread-safe.
class SourceHandlers {
 public:
  // `wake` makes the crawlers of all replicas look for work.
  SourceHandlers(SourceRepository& repository, const std::vector<sources::SourceConfig>& configs,
                 std::function<void()> wake)
      : repository_(repository), configs_(configs), wake_(std::move(wake)) {}

  absl::StatusOr<jobmesh::scraping::v1::ListSourcesResponse> ListSources(
      const runtime::rpc::CallContext& call,
      const jobmesh::scraping::v1::ListSourcesRequest& request);
  absl::StatusOr<jobmesh::scraping::v1::ScrapeSourceResponse> ScrapeSource(
      const runtime::rpc::CallContext& call,
      const jobmesh::scraping::v1::ScrapeSourceRequest& request);
  absl::StatusOr<jobmesh::scraping::v1::ScrapeResponse> Scrape(
      const runtime::rpc::CallContext& call, const jobmesh::scraping::v1::ScrapeRequest& request);

 private:
  // Asks for runs of these sources and waits until all have ended.
  absl::StatusOr<jobmesh::scraping::v1::ScrapeResponse> RunNow(
      const runtime::rpc::CallContext& call, const std::vector<std::string>& names);

  SourceRepository& repository_;
  const std::vector<sources::SourceConfig>& configs_;
  const std::function<void()> wake_;
};

std::unique_ptr<runtime::rpc::Service> MakeSourceService(SourceHandlers& handlers);

}  // namespace jobmesh::scraper
