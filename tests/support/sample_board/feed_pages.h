#pragma once

#include <string>
#include <vector>

#include "tests/support/sample_board/board_state.h"
#include "tests/support/sample_board/markup.h"

namespace jobmesh::testing {

// A board that publishes feeds under /feed/. Both feeds hold the same postings, newest first,
// whole.

// RSS 2.0; titles are "Company: Title", dates RFC 822, descriptions CDATA or escaped in turn.
Page RssFeed(const std::string& origin, const std::vector<PostingPtr>& postings);
// Atom (RFC 4287); the author is the company, dates are RFC 3339, content is escaped HTML.
Page AtomFeed(const std::string& origin, const std::vector<PostingPtr>& postings);
// The page that an entry links to.
Page FeedDetail(const BoardPosting& posting);

}  // namespace jobmesh::testing
