#include "scraper-service/refine/quality.h"

#include <algorithm>
#include <cmath>

namespace jobmesh::scraper::refine {

int QualityScore(const Completeness& has, std::optional<absl::Time> posted_at, absl::Time now) {
  constexpr double kFullDescription = 800;
  double score = 0;
  score += has.title ? 12 : 0;
  score += has.company ? 10 : 0;
  score += has.place ? 10 : 0;
  score += has.salary ? 12 : 0;
  score += has.employment_type ? 4 : 0;
  score += has.experience ? 4 : 0;
  score += has.url ? 4 : 0;
  score += 8.0 * static_cast<double>(std::min<size_t>(has.skills, 3)) / 3;
  score += 16 * std::min(1.0, static_cast<double>(has.description_bytes) / kFullDescription);
  if (posted_at) {
    const double days = absl::ToDoubleHours(now - *posted_at) / 24;
    score += 20 * std::clamp((60 - days) / (60 - 7), 0.0, 1.0);
  }
  return static_cast<int>(std::lround(std::clamp(score, 0.0, 100.0)));
}

}  // namespace jobmesh::scraper::refine
