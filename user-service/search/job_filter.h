#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "jobmesh/search/v1/search.pb.h"
#include "runtime/postgres/params.h"
#include "user-service/subscriptions/skill_names.h"

namespace jobmesh::user {

// Where the words of JobFilter.title are looked for.
enum class TitleScope { kTitle, kAnywhere };

// Checks a filter's members. INVALID_ARGUMENT (INVALID_FIELD).
absl::Status ValidateJobFilter(const search::v1::JobFilter& filter);

// The filter of document 001's flat query parameters.
search::v1::JobFilter ToJobFilter(const search::v1::FindJobsRequest& request);

// Parameters $1-$16 of the condition in sql/search.sql.
runtime::postgres::Params FilterParams(const search::v1::JobFilter& filter, TitleScope scope,
                                       const SkillNames& names);

// A tsquery in text form that asks for every word, the last as a prefix when it is long enough to
// mean one; empty when there is no word. Any text is safe: words are quoted.
std::string WordsQuery(std::string_view words);

// LIKE patterns for words whose marks the text search drops (`c++`, `c#`, `.net`), each to be found
// somewhere.
std::vector<std::string> MarkPatterns(std::string_view words);

// `%text%`, with LIKE's own wildcards in `text` made literal.
std::string ContainsPattern(std::string_view text);

}  // namespace jobmesh::user
