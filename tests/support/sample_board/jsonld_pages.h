#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tests/support/sample_board/board_state.h"
#include "tests/support/sample_board/markup.h"

namespace jobmesh::testing {

// A board of schema.org JobPosting pages under /jsonld/. `origin` is "http://host:port".

// Sitemap index of the parts below, last changed at `modified`, and of the pages that are not jobs.
Page JsonLdSitemapIndex(const std::string& origin, const std::vector<PostingPtr>& postings,
                        std::chrono::sys_seconds modified);
// Part n >= 1 of the job pages; 404 beyond the last.
Page JsonLdSitemapPart(const std::string& origin, const std::vector<PostingPtr>& postings,
                       size_t part);
// Pages that a sitemap lists although they are no postings, one of them disallowed by robots.txt.
Page JsonLdSitemapOfOthers(const std::string& origin);

// Listing page n >= 1, with rel=next; 404 beyond the last.
Page JsonLdListing(const std::vector<PostingPtr>& postings, size_t page);
Page JsonLdAbout();

// The page of a posting. Its JSON-LD is an object, an array or a @graph, its description markup or
// escaped markup, and for one posting in eight it is broken as real ones are: raw line breaks or
// control characters inside strings. Which of these is a function of the posting's number.
Page JsonLdDetail(const std::string& origin, const BoardPosting& posting);

}  // namespace jobmesh::testing
