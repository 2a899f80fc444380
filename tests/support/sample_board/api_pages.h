#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/sample_board/board_state.h"
#include "tests/support/sample_board/markup.h"

namespace jobmesh::testing {

// What a request for a page of an API says besides its path; "" for what it does not say.
using Parameter = std::function<std::string(const char* name)>;

// The postings as the API of that name gives them: lever, ashby, workable, smartrecruiters,
// remotive, remoteok, arbeitnow, adzuna, usajobs, hn. `path` is what follows the name in the
// address. nullopt when there is no such page. Each has the quirks of the real one; README.md of
// scraper-service/sources lists them.
std::optional<Page> ApiPage(std::string_view api, const std::string& path,
                            const Parameter& parameter, const std::string& origin,
                            const std::vector<PostingPtr>& postings);

}  // namespace jobmesh::testing
