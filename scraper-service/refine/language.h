#pragma once

#include <string>

#include "scraper-service/refine/scanned_text.h"

namespace jobmesh::scraper::refine {

// ISO 639-1 code of a text's language by its most frequent words and letters: en de fr es pt it nl
// pl ro ru uk. Empty when the text is too short or none leads clearly. Looks at the first 1,000
// bytes.
std::string DetectLanguage(const ScannedText& text);

}  // namespace jobmesh::scraper::refine
