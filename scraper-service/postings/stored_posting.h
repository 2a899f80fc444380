#pragma once

#include <cstdint>
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
// `raw_hash` as below; empty = refine it again whenever it comes.
StoredPosting MakeStoredPosting(const std::string& source, const std::string& page_url,
                                const RawPosting& raw, const refine::Refined& refined,
                                const std::string& raw_hash = {});

// What tells a posting apart within its source: its native id, else its canonical address, else its
// words. The address comes second because some sources list all their postings under one.
std::string IdentityKey(const RawPosting& raw, const refine::Refined& refined);
// The same as far as it is known without refinement: empty where only the words tell.
std::string StatedIdentityKey(const RawPosting& raw);

// Of all that came, and of the vocabulary's revision: equal hashes are refined to the same. A date
// in words of the present ("3 days ago") does not count, because it changes from day to day.
std::string RawHash(const RawPosting& raw, uint64_t revision, absl::Time now);

}  // namespace jobmesh::scraper
