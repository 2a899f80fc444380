#pragma once

#include <string>

#include "absl/time/time.h"

namespace jobmesh::scraper {

// RFC 3339 in UTC with microseconds, as the documents 002 and 004 write times.
inline std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone());
}

}  // namespace jobmesh::scraper
