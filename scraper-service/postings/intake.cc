#include "scraper-service/postings/intake.h"

#include <unordered_set>
#include <utility>

#include "runtime/status_macros.h"
#include "scraper-service/postings/stored_posting.h"
#include "scraper-service/refine/refine.h"

namespace jobmesh::scraper {

Intake::Intake(PostingRepository& postings, std::shared_ptr<const refine::Vocabulary> vocabulary,
               std::string source, std::optional<Fence> fence)
    : postings_(postings),
      vocabulary_(std::move(vocabulary)),
      source_(std::move(source)),
      fence_(std::move(fence)) {}

absl::StatusOr<Intake::Taken> Intake::Take(const std::vector<FoundPosting>& found,
                                           absl::Time now) const {
  std::vector<KnownPosting> asked;
  asked.reserve(found.size());
  for (const FoundPosting& one : found) {
    asked.push_back({.identity_key = StatedIdentityKey(one.raw),
                     .raw_hash = RawHash(one.raw, vocabulary_->revision(), now),
                     .page_url = one.page_url});
  }
  ASSIGN_OR_RETURN(const std::vector<size_t> unchanged, postings_.FindUnchanged(source_, asked));
  const std::unordered_set<size_t> skipped(unchanged.begin(), unchanged.end());

  Taken taken;
  std::vector<StoredPosting> changed;
  for (size_t i = 0; i < found.size(); ++i) {
    if (skipped.contains(i)) {
      taken.identity_keys.push_back(std::move(asked[i].identity_key));
      continue;
    }
    const RawPosting& raw = found[i].raw;
    changed.push_back(MakeStoredPosting(source_, found[i].page_url, raw,
                                        refine::Refine(raw, *vocabulary_, now), asked[i].raw_hash));
    taken.identity_keys.push_back(changed.back().identity_key);
  }
  if (!changed.empty()) {
    ASSIGN_OR_RETURN(taken.counts, postings_.Upsert(changed, fence_));
  }
  return taken;
}

}  // namespace jobmesh::scraper
