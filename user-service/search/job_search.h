#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "jobmesh/search/v1/search.pb.h"
#include "runtime/postgres/pool.h"
#include "user-service/search/job_filter.h"
#include "user-service/search/page_token.h"
#include "user-service/search/search_statements.h"
#include "user-service/subscriptions/skill_names.h"

namespace jobmesh::user {

// What a page is asked for with.
struct SearchRequest {
  search::v1::JobFilter filter;
  std::string sort;  // "newest", "relevance", "salary"; empty means newest
  int page_size = 0;
  std::string page_token;
};

struct SearchPage {
  std::vector<search::v1::Job> jobs;
  std::string next_page_token;  // empty on the last page
  int total = 0;
  bool total_is_exact = true;
};

// Some jobs of a walk over all that pass a filter.
struct WalkStep {
  std::vector<search::v1::Job> jobs;
  bool is_last = false;
};

// Searches the postings database through the views that are its contract. The plan is chosen by how
// many postings match, counted up to 5,000, because no one plan suits both rare and common words.
// Thread-safe.
class JobSearch {
 public:
  // `pool`: of a role that may only read search_v1, with plans made for the values of each call
  // (plan_cache_mode = force_custom_plan).
  JobSearch(runtime::postgres::Pool& pool, const SkillNames& names) : pool_(pool), names_(names) {}

  // INVALID_ARGUMENT (INVALID_FIELD, CURSOR_INVALID).
  absl::StatusOr<SearchPage> Search(const SearchRequest& request);
  // INVALID_ARGUMENT (INVALID_FIELD).
  absl::StatusOr<search::v1::GetJobFacetsResponse> Facets(const search::v1::JobFilter& filter);

  // A walk over every job that passes, newest first: where it begins. INVALID_ARGUMENT
  // (INVALID_FIELD).
  absl::StatusOr<PagePosition> BeginWalk(const search::v1::JobFilter& filter);
  // Up to `size` jobs from `position`, which moves behind them.
  absl::StatusOr<WalkStep> Walk(const search::v1::JobFilter& filter, PagePosition& position,
                                int size);

 private:
  // Up to `size` jobs of a search from `position`, which moves behind them.
  absl::StatusOr<WalkStep> Page(const search::v1::JobFilter& filter, const std::string& sort,
                                PagePosition& position, int size);
  // What the first page of a search finds out: where the title's words are, and how many jobs
  // match.
  absl::StatusOr<PagePosition> Survey(const search::v1::JobFilter& filter);
  absl::StatusOr<int> Count(const search::v1::JobFilter& filter, TitleScope scope);

  runtime::postgres::Pool& pool_;
  const SkillNames& names_;
  const SearchStatements statements_;
};

}  // namespace jobmesh::user
