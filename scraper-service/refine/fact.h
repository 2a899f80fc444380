#pragma once

#include <cstddef>

namespace jobmesh::scraper::refine {

// Half-open range of UTF-8 byte offsets, always on character boundaries.
struct Range {
  size_t begin = 0;
  size_t end = 0;

  bool operator==(const Range&) const = default;
};

// Where a value comes from.
enum class Origin {
  kStructured,  // a field of the source: title, location, salary_text, …
  kText,        // the description; the range says where
  kInferred,    // follows from other values, stated nowhere literally
};

struct Evidence {
  Origin origin = Origin::kText;
  // In the description exactly as received; empty unless origin is kText.
  Range range;
};

// A value together with where it was found.
template <typename T>
struct Fact {
  T value;
  Evidence evidence;
};

}  // namespace jobmesh::scraper::refine
