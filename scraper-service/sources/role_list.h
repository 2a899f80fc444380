#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jobmesh::scraper::sources {

// A role that a text about several lists.
struct ListedRole {
  std::string title;
  std::string url;  // the first link of its line; may be empty
  std::string pay;  // what stands behind the title, when it names money
  // The text without the lines of the other roles.
  std::string html;
};

// The roles that a comment in HTML lists: two to twenty paragraphs or lines that each name a role
// ("Senior Backend Engineer"), behind a bullet or a number, or before a link. Sentences that
// mention a role are none. Empty when there is no such list.
std::vector<ListedRole> FindRoles(std::string_view html);

}  // namespace jobmesh::scraper::sources
