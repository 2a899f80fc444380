#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "jobmesh/postings/v1/change_feed.pb.h"

namespace jobmesh::insights {

// The scraper-service's feed of changed postings; see jobmesh.postings.v1.ChangeFeed.
class PostingFeed {
 public:
  virtual ~PostingFeed() = default;
  // Blocks up to `wait` for the first change. INVALID_ARGUMENT when the feed does not know the
  // cursor.
  virtual absl::StatusOr<postings::v1::ReadChangesResponse> Read(const std::string& cursor,
                                                                 int max_changes,
                                                                 absl::Duration wait) = 0;
};

}  // namespace jobmesh::insights
