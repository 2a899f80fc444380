#pragma once

#include <string_view>

namespace jobmesh::scraper::fetch {

// Whether an answer is a page that asks its reader to prove that he is human (captcha, browser
// check) instead of the page asked for. Such a page is respected: nothing here tries to pass it. A
// page with the content asked for that merely embeds a captcha in a form is none, so on success
// only the title of the page is looked at.
bool IsChallengePage(int status, std::string_view body);

}  // namespace jobmesh::scraper::fetch
