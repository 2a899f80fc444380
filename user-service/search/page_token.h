#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "jobmesh/search/v1/search.pb.h"
#include "user-service/search/job_filter.h"

namespace jobmesh::user {

// Where the next page of a search begins, and what the first page found out about it.
struct PagePosition {
  TitleScope scope = TitleScope::kTitle;
  int total = 0;         // matches, counted up to a bound
  std::string sort_key;  // of the last job shown, as PostgreSQL writes it
  std::string posting_id;
};

// Tells a search from every other: a digest of filter and sort.
std::string SearchFingerprint(const search::v1::JobFilter& filter, std::string_view sort);

// Opaque text that holds the position and the search it belongs to.
std::string EncodePageToken(const PagePosition& position, std::string_view fingerprint);

// INVALID_ARGUMENT (CURSOR_INVALID) for anything that EncodePageToken did not make for this very
// search.
absl::StatusOr<PagePosition> DecodePageToken(std::string_view token, std::string_view fingerprint);

// The answer to a token that cannot be used.
absl::Status InvalidPageToken();

}  // namespace jobmesh::user
