#pragma once

#include <string>
#include <vector>

#include "tests/support/sample_board/board_state.h"
#include "tests/support/sample_board/markup.h"

namespace jobmesh::testing {

// The board API of an applicant tracking system, in the shape of Greenhouse's public job board API
// v1. There is one board token, "sample". `content` is escaped HTML, for every second job escaped
// twice, as the real API's documentation and the real API differ.

Page GreenhouseJobs(const std::string& origin, const std::vector<PostingPtr>& postings,
                    bool with_content);
Page GreenhouseJob(const std::string& origin, const BoardPosting& posting);
Page GreenhouseError();
// The page that `absolute_url` is the address of.
Page GreenhouseDetail(const BoardPosting& posting);

}  // namespace jobmesh::testing
