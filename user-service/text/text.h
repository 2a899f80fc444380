#pragma once

#include <string>
#include <string_view>

namespace jobmesh::user {

// What is done to text that people type. Texts are valid UTF-8 (proto3 strings are).

// A blank or another control character of ASCII.
bool IsBlank(char c);

// `text` without blanks around it.
std::string_view Trim(std::string_view text);

// Number of code points.
size_t CodePoints(std::string_view text);

// Letters of Latin (with Latin-1 and Extended-A), Greek and Cyrillic in lower case; everything else
// unchanged. Does not depend on a locale, so that every replica folds alike.
std::string FoldCase(std::string_view text);

}  // namespace jobmesh::user
