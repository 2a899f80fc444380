#include "user-service/search/search_statements.h"

#include <initializer_list>
#include <utility>

#include "absl/strings/str_replace.h"
#include "user_sql.h"

namespace jobmesh::user {
namespace {

// What differs between statements of one template.
struct Variant {
  const char* key = "";
  const char* key_type = "";
  const char* bound = "";
};

constexpr Variant kNewest{"p.sort_time", "timestamptz", ""};
constexpr Variant kSalary{"coalesce(p.annual_max_usd, p.annual_min_usd, -1)", "numeric", ""};
constexpr Variant kRelevance{sql::kRelevanceKey.text, "float8", ""};
constexpr Variant kRelevanceOfNewest{sql::kRelevanceKey.text, "float8", sql::kNewestBound.text};

SearchStatement Make(const char* name, const runtime::postgres::Query& piece,
                     const Variant& variant = {}) {
  return {name, absl::StrReplaceAll(piece.text, {{"{job_columns}", sql::kJobColumns.text},
                                                 {"{job_condition}", sql::kJobCondition.text},
                                                 {"{key}", variant.key},
                                                 {"{key_type}", variant.key_type},
                                                 {"{bound}", variant.bound}})};
}

}  // namespace

SearchStatements::SearchStatements()
    : count(Make("count_jobs", sql::kCountJobs)),
      newest_few(Make("search_newest_few", sql::kSearchBySort, kNewest)),
      newest_many(Make("search_newest_many", sql::kSearchByWalk)),
      salary(Make("search_salary", sql::kSearchBySort, kSalary)),
      relevance_few(Make("search_relevance_few", sql::kSearchBySort, kRelevance)),
      relevance_many(Make("search_relevance_many", sql::kSearchBySort, kRelevanceOfNewest)),
      facets_few(Make("count_facets_few", sql::kCountFacets)),
      facets_many(
          Make("count_facets_many", sql::kCountFacets, Variant{.bound = sql::kNewestBound.text})) {}

}  // namespace jobmesh::user
