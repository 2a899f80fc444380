#include "scraper-service/postings/change_feed_service.h"

#include <algorithm>

#include "runtime/errors.h"
#include "runtime/status_macros.h"

namespace jobmesh::scraper {
namespace {

namespace v1 = jobmesh::postings::v1;

constexpr int kDefaultChanges = 500;
constexpr int kMostChanges = 5000;
constexpr int kLongestWaitMs = 30'000;
// Other replicas ring by NOTIFY; this bounds the delay when one is lost.
constexpr absl::Duration kPoll = absl::Milliseconds(500);
// The answer must leave before the caller's deadline.
constexpr absl::Duration kReserve = absl::Milliseconds(100);

}  // namespace

absl::StatusOr<v1::ReadChangesResponse> ChangeFeedHandlers::ReadChanges(
    const runtime::rpc::CallContext& call, const v1::ReadChangesRequest& request) {
  if (request.max_changes() < 0) {
    return runtime::InvalidField("max_changes", "must not be negative");
  }
  ASSIGN_OR_RETURN(FeedPosition position, FeedPosition::Parse(request.cursor()));
  const int limit =
      request.max_changes() == 0 ? kDefaultChanges : std::min(request.max_changes(), kMostChanges);
  const absl::Duration wait = absl::Milliseconds(std::clamp(request.wait_ms(), 0, kLongestWaitMs));
  const absl::Time until = std::min(absl::Now() + wait, call.deadline() - kReserve);
  v1::ReadChangesResponse response;
  while (true) {
    const uint64_t rings = bell_.rings();
    ASSIGN_OR_RETURN(std::vector<v1::Change> changes, postings_.ReadChanges(position, limit));
    if (!changes.empty() || absl::Now() >= until) {
      for (v1::Change& change : changes) {
        *response.add_changes() = std::move(change);
      }
      response.set_next_cursor(position.Cursor());
      return response;
    }
    bell_.Wait(rings, std::min(until, absl::Now() + kPoll));
  }
}

std::unique_ptr<runtime::rpc::Service> MakeChangeFeedService(ChangeFeedHandlers& handlers) {
  auto service = std::make_unique<runtime::rpc::Service>("jobmesh.postings.v1.ChangeFeed");
  service->Unary("ReadChanges", &handlers, &ChangeFeedHandlers::ReadChanges);
  return service;
}

}  // namespace jobmesh::scraper
