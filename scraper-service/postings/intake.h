#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "scraper-service/postings/posting_repository.h"
#include "scraper-service/refine/raw_posting.h"
#include "scraper-service/refine/skills.h"

namespace jobmesh::scraper {

// A posting as it came, and the page it came from; empty for none.
struct FoundPosting {
  std::string page_url;
  RawPosting raw;
};

// Refines what came from one source and stores what is new or has changed. What is stored already
// is told by a hash of what came, in one look for all, and costs neither refinement nor a write.
// Thread-safe.
class Intake {
 public:
  // With a fence, everything is written under it. The repository must outlive this.
  Intake(PostingRepository& postings, std::shared_ptr<const refine::Vocabulary> vocabulary,
         std::string source, std::optional<Fence> fence);

  struct Taken {
    WriteCounts counts;
    std::vector<std::string> identity_keys;  // of all postings given, in any order
  };
  // ABORTED when the fence's lease is lost: nothing was written then.
  absl::StatusOr<Taken> Take(const std::vector<FoundPosting>& found, absl::Time now) const;

 private:
  PostingRepository& postings_;
  const std::shared_ptr<const refine::Vocabulary> vocabulary_;
  const std::string source_;
  const std::optional<Fence> fence_;
};

}  // namespace jobmesh::scraper
