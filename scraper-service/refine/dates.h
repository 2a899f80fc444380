#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "scraper-service/refine/fact.h"
#include "scraper-service/refine/phrase_matcher.h"
#include "scraper-service/refine/scanned_text.h"

namespace jobmesh::scraper::refine {

struct StatedDate {
  // ISO 8601: a date ("2026-02-15"), or a date-time with the source's offset where it gave one.
  std::string iso;
  // The same as an instant; a date without time or zone counts as midnight UTC.
  absl::Time time;
  // True when it was reckoned from words such as "3 days ago".
  bool relative = false;
};

// Reads a source's date field: ISO 8601 with or without time and offset, RFC 822, seconds or
// milliseconds since 1970, "26 January 2004", "Jan 26, 2004", "26.01.2004", or words relative to
// `now` ("30+ days ago", "Posted today", "yesterday", "just posted"). Day and month of "03/04/2004"
// cannot be told apart: nullopt. So are impossible dates.
std::optional<StatedDate> ParseDate(std::string_view text, absl::Time now);

// Finds the last day to apply in a description ("Deadline: 26 January 2004", "apply by May 3,
// 2026"). The range is within `text`.
std::optional<Fact<StatedDate>> FindDeadline(const ScannedText& text);

// The phrases by which FindDeadline goes: of the text's starts it needs only theirs (StartFilter).
std::vector<const PhraseMatcher*> DeadlinePhrases();

}  // namespace jobmesh::scraper::refine
