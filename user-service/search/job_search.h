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

 private:
  // What the first page of a search finds out: where the title's words are, and how many jobs
  // match.
  absl::StatusOr<PagePosition> Survey(const search::v1::JobFilter& filter);
  absl::StatusOr<int> Count(const search::v1::JobFilter& filter, TitleScope scope);

  runtime::postgres::Pool& pool_;
  const SkillNames& names_;
  const SearchStatements statements_;
};

}  // namespace jobmesh::user
