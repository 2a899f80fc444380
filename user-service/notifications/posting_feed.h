#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "jobmesh/postings/v1/change_feed.pb.h"
#include "jobmesh/search/v1/job.pb.h"
#include "runtime/rpc/client.h"

namespace jobmesh::user {

// The scraper-service's feed of changed postings; see jobmesh.postings.v1.ChangeFeed.
class PostingFeed {
 public:
  virtual ~PostingFeed() = default;
  // Blocks up to `wait` for the first change.
  virtual absl::StatusOr<postings::v1::ReadChangesResponse> Read(const std::string& cursor,
                                                                 int max_changes,
                                                                 absl::Duration wait) = 0;
};

// Through the mesh.
class RpcPostingFeed : public PostingFeed {
 public:
  // `scraper`: a client of the scraper-service, which must outlive this.
  explicit RpcPostingFeed(runtime::rpc::Client& scraper) : scraper_(scraper) {}
  absl::StatusOr<postings::v1::ReadChangesResponse> Read(const std::string& cursor, int max_changes,
                                                         absl::Duration wait) override;

 private:
  runtime::rpc::Client& scraper_;
};

// A posting as it is shown to people.
search::v1::Job JobOfPosting(const postings::v1::Posting& posting);

}  // namespace jobmesh::user
