#pragma once

#include <string>
#include <vector>

#include "tests/support/sample_board/board_state.h"
#include "tests/support/sample_board/markup.h"

namespace jobmesh::testing {

// A Romanian-language board whose pages have the structure of rabota.md's: lists under
// /rabota/ro/vacancies/category/it/{n}, facts of a posting only in its HTML.

// List page n >= 1. Beyond the last there is a page with an empty list.
Page RabotaListing(const std::vector<PostingPtr>& postings, size_t page);
Page RabotaDetail(const BoardPosting& posting);

}  // namespace jobmesh::testing
