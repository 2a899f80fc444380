#pragma once

#include <memory>

#include "runtime/rpc/service.h"
#include "scraper-service/postings/feed_bell.h"
#include "scraper-service/postings/posting_repository.h"

namespace jobmesh::scraper {

// jobmesh.postings.v1.ChangeFeed. Thread-safe.
class ChangeFeedHandlers {
 public:
  ChangeFeedHandlers(PostingRepository& postings, const FeedBell& bell)
      : postings_(postings), bell_(bell) {}

  absl::StatusOr<jobmesh::postings::v1::ReadChangesResponse> ReadChanges(
      const runtime::rpc::CallContext& call,
      const jobmesh::postings::v1::ReadChangesRequest& request);

 private:
  PostingRepository& postings_;
  const FeedBell& bell_;
};

std::unique_ptr<runtime::rpc::Service> MakeChangeFeedService(ChangeFeedHandlers& handlers);

}  // namespace jobmesh::scraper
