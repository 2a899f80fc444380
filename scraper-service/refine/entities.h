#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace jobmesh::scraper::refine {

// A character reference of HTML.
struct Entity {
  char32_t codepoint = 0;
  // Bytes it takes, from '&' on; 0 = no reference here.
  size_t length = 0;
};

// Reads the reference that begins at text[0] == '&'. Knows decimal and hexadecimal references and
// the named ones that occur in job postings; names need their ';' except for the five of XML and
// nbsp.
Entity ReadEntity(std::string_view text);

}  // namespace jobmesh::scraper::refine
