#pragma once

#include <string>
#include <string_view>

#include <absl/status/statusor.h>

namespace jobmesh::scraper::sources {

// XPath, relative to a node, of what a CSS selector selects below it. Understood: type and `*`,
// `.class`, `#id`, `[name]`, `[name=value]` with =, ^= and *=, values with or without double
// quotes, the combinators blank and `>`, and lists with commas. INVALID_ARGUMENT names what is not.
absl::StatusOr<std::string> CssToXPath(std::string_view selector);

// Where a field of a posting stands: "h2 a" is the text of the first such element, "h2 a@href" its
// attribute.
struct FieldSelector {
  std::string xpath;
  std::string attribute;  // empty = the text
};
absl::StatusOr<FieldSelector> ParseFieldSelector(std::string_view text);

}  // namespace jobmesh::scraper::sources
