#pragma once

#include <string>

#include "absl/time/time.h"

#include "scraper-service/refine/raw_posting.h"
#include "scraper-service/refine/refine.h"

namespace jobmesh::scraper {

// A refined posting as the database takes it: one JSON object with the columns of
// `upsert_postings`.
struct StoredPosting {
  // What the posting is told apart by within its source: native id, else canonical address, else
  // content.
  std::string identity_key;
  std::string page_url;
  std::string json;
};

// `source` is the name of the source's row; `page_url` the page it was found on, empty for none.
StoredPosting MakeStoredPosting(const std::string& source, const std::string& page_url,
                                const RawPosting& raw, const refine::Refined& refined);

// What tells a posting apart within its source: its native id, else its canonical address, else its
// words. The address comes second because some sources list all their postings under one.
std::string IdentityKey(const RawPosting& raw, const refine::Refined& refined);

}  // namespace jobmesh::scraper
