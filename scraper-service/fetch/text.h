#pragma once

#include <string>
#include <string_view>

namespace jobmesh::scraper::fetch {

// ASCII only, whatever the locale: HTTP, URLs and robots.txt are.
std::string AsciiLower(std::string_view text);
std::string_view TrimSpace(std::string_view text);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);
bool ContainsIgnoreCase(std::string_view text, std::string_view lower_needle);

}  // namespace jobmesh::scraper::fetch
