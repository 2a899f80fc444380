#include "scraper-service/fetch/fetcher.h"

#include <absl/status/status.h>
#include <absl/strings/cord.h>

namespace jobmesh::scraper::fetch {
namespace {

constexpr char kRobotsRefusal[] = "jobmesh.scraper.fetch/robots-refusal";

}  // namespace

bool IsRobotsRefusal(const absl::Status& status) {
  return status.GetPayload(kRobotsRefusal).has_value();
}

absl::Status RobotsRefusal(const std::string& message) {
  absl::Status status = absl::PermissionDeniedError(message);
  status.SetPayload(kRobotsRefusal, absl::Cord("1"));
  return status;
}

}  // namespace jobmesh::scraper::fetch
