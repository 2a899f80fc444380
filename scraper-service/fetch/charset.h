#pragma once

#include <string>
#include <string_view>

namespace jobmesh::scraper::fetch {

// The charset of a text body, in the order of trust: byte order mark, Content-Type header, XML
// declaration or HTML <meta>, valid UTF-8 as it stands, statistics (uchardet). "UTF-8" when nothing
// tells.
std::string DetectCharset(std::string_view body, std::string_view content_type);

// Converts from `charset` to valid UTF-8 without byte order mark. Bytes that are not text in that
// charset become U+FFFD; an unknown charset is read as UTF-8.
std::string ToUtf8(std::string_view body, const std::string& charset);

}  // namespace jobmesh::scraper::fetch
