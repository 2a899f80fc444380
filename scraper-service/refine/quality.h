#pragma once

#include <cstddef>
#include <optional>

#include "absl/time/time.h"

namespace jobmesh::scraper::refine {

// What a posting has; the parts of its score.
struct Completeness {
  bool title = false;
  bool company = false;
  bool url = false;
  bool place = false;  // or a remote mode
  bool salary = false;
  bool employment_type = false;
  bool experience = false;
  size_t skills = 0;
  size_t description_bytes = 0;
};

// 0-100: up to 80 for completeness, up to 20 for freshness, which falls evenly from 7 to 60 days
// after posting. A posting of unknown date gets no points for freshness. The weights are in
// README.md.
int QualityScore(const Completeness& has, std::optional<absl::Time> posted_at, absl::Time now);

}  // namespace jobmesh::scraper::refine
