#include "user-service/search/job_search.h"

#include <algorithm>
#include <map>
#include <utility>

#include "runtime/errors.h"
#include "runtime/postgres/error.h"
#include "runtime/status_macros.h"
#include "user-service/text/text.h"

namespace jobmesh::user {
namespace {

namespace v1 = search::v1;
using runtime::postgres::Param;
using runtime::postgres::Params;
using runtime::postgres::ToParam;

constexpr int kCountBound = 5000;
constexpr char kDataException[] = "22";  // class of SQLSTATE
constexpr int kDefaultPageSize = 20;
constexpr int kMaxPageSize = 100;

bool IsMany(int total) { return total > kCountBound; }

const SearchStatement& StatementFor(const SearchStatements& statements, const std::string& sort,
                                    bool many) {
  if (sort == "salary") {
    return statements.salary;
  }
  if (sort == "relevance") {
    return many ? statements.relevance_many : statements.relevance_few;
  }
  return many ? statements.newest_many : statements.newest_few;
}

v1::Job ToJob(const pqxx::row& row) {
  v1::Job job;
  job.set_job_id(row["job_id"].c_str());
  job.set_title(row["title"].c_str());
  job.set_company(row["company"].c_str());
  job.set_location(row["location"].c_str());
  job.set_description(row["description"].c_str());
  job.set_date_posted(row["date_posted"].c_str());
  const auto with_number = [&](const char* column, auto set) {
    if (!row[column].is_null()) {
      set(row[column].as<double>());
    }
  };
  const auto with_text = [&](const char* column, auto set) {
    if (!row[column].is_null() && row[column].size() > 0) {
      set(std::string(row[column].c_str()));
    }
  };
  with_number("salary_min", [&](double value) { job.set_salary_min(value); });
  with_number("salary_max", [&](double value) { job.set_salary_max(value); });
  with_text("salary_currency", [&](std::string value) { job.set_currency(std::move(value)); });
  with_text("salary_period", [&](std::string value) { job.set_salary_period(std::move(value)); });
  with_number("experience_min_years", [&](double value) { job.set_experience(value); });
  for (std::string& skill : runtime::postgres::ParseTextArray(row["skills"].c_str())) {
    job.add_skills(std::move(skill));
  }
  with_text("url", [&](std::string value) { job.set_link(std::move(value)); });
  with_text("source", [&](std::string value) { job.set_source(std::move(value)); });
  with_text("seniority", [&](std::string value) { job.set_seniority(std::move(value)); });
  with_text("employment_type",
            [&](std::string value) { job.set_employment_type(std::move(value)); });
  with_text("remote_mode", [&](std::string value) { job.set_remote_mode(std::move(value)); });
  return job;
}

absl::StatusOr<int> PageSize(int requested) {
  if (requested < 0) {
    return runtime::InvalidField("page_size", "must not be negative");
  }
  return requested == 0 ? kDefaultPageSize : std::min(requested, kMaxPageSize);
}

absl::Status ValidateSort(const SearchRequest& request) {
  if (request.sort != "newest" && request.sort != "relevance" && request.sort != "salary" &&
      !request.sort.empty()) {
    return runtime::InvalidField("sort", "must be one of newest relevance salary");
  }
  if (request.sort == "relevance" && WordsQuery(request.filter.title()).empty() &&
      Trim(request.filter.q()).empty()) {
    return runtime::InvalidField("sort", "relevance needs title or q");
  }
  return absl::OkStatus();
}

// A title that holds no word at all is found nowhere.
bool AsksForNothing(const v1::JobFilter& filter) {
  return !Trim(filter.title()).empty() && WordsQuery(filter.title()).empty();
}

}  // namespace

absl::StatusOr<SearchPage> JobSearch::Search(const SearchRequest& request) {
  RETURN_IF_ERROR(ValidateJobFilter(request.filter));
  RETURN_IF_ERROR(ValidateSort(request));
  ASSIGN_OR_RETURN(const int page_size, PageSize(request.page_size));
  const std::string fingerprint = SearchFingerprint(request.filter, request.sort);
  PagePosition position;
  if (!request.page_token.empty()) {
    ASSIGN_OR_RETURN(position, DecodePageToken(request.page_token, fingerprint));
  } else {
    ASSIGN_OR_RETURN(position, Survey(request.filter));
  }
  SearchPage page{{}, "", std::min(position.total, kCountBound), !IsMany(position.total)};
  if (position.total == 0) {
    return page;
  }

  ASSIGN_OR_RETURN(WalkStep step, Page(request.filter, request.sort, position, page_size));
  page.jobs = std::move(step.jobs);
  if (!step.is_last) {
    page.next_page_token = EncodePageToken(position, fingerprint);
  }
  return page;
}

absl::StatusOr<WalkStep> JobSearch::Page(const v1::JobFilter& filter, const std::string& sort,
                                         PagePosition& position, int size) {
  Params params = FilterParams(filter, position.scope, names_);
  const bool first = position.posting_id.empty();
  params.push_back(first ? Param() : ToParam(position.sort_key));
  params.push_back(first ? Param() : ToParam(position.posting_id));
  params.push_back(ToParam(size + 1));  // one more tells whether there is a next page
  absl::StatusOr<pqxx::result> found =
      pool_.ExecuteParams(StatementFor(statements_, sort, IsMany(position.total)).query(), params);
  if (!first && runtime::postgres::SqlState(found.status()).starts_with(kDataException)) {
    return InvalidPageToken();  // a forged one: its sort key is no value of the column
  }
  ASSIGN_OR_RETURN(const pqxx::result rows, std::move(found));
  const int shown = std::min<int>(static_cast<int>(rows.size()), size);
  WalkStep step;
  step.jobs.reserve(static_cast<size_t>(shown));
  for (int i = 0; i < shown; ++i) {
    step.jobs.push_back(ToJob(rows[i]));
  }
  step.is_last = static_cast<int>(rows.size()) <= size;
  if (shown > 0) {
    position.sort_key = rows[shown - 1]["sort_key"].c_str();
    position.posting_id = rows[shown - 1]["posting_id"].c_str();
  }
  return step;
}

absl::StatusOr<PagePosition> JobSearch::BeginWalk(const v1::JobFilter& filter) {
  RETURN_IF_ERROR(ValidateJobFilter(filter));
  return Survey(filter);
}

absl::StatusOr<WalkStep> JobSearch::Walk(const v1::JobFilter& filter, PagePosition& position,
                                         int size) {
  return position.total == 0 ? WalkStep{.jobs = {}, .is_last = true}
                             : Page(filter, "newest", position, size);
}

absl::StatusOr<v1::GetJobFacetsResponse> JobSearch::Facets(const v1::JobFilter& filter) {
  RETURN_IF_ERROR(ValidateJobFilter(filter));
  ASSIGN_OR_RETURN(const PagePosition position, Survey(filter));
  v1::GetJobFacetsResponse response;
  response.set_total(std::min(position.total, kCountBound));
  response.set_total_is_exact(!IsMany(position.total));
  if (position.total == 0) {
    return response;
  }
  const SearchStatement& statement =
      IsMany(position.total) ? statements_.facets_many : statements_.facets_few;
  ASSIGN_OR_RETURN(
      pqxx::result rows,
      pool_.ExecuteParams(statement.query(), FilterParams(filter, position.scope, names_)));
  const std::map<std::string, google::protobuf::RepeatedPtrField<v1::FacetValue>*> facets = {
      {"skills", response.mutable_skills()},
      {"seniority", response.mutable_seniority()},
      {"employment_type", response.mutable_employment_type()},
      {"remote_mode", response.mutable_remote_mode()},
      {"location", response.mutable_location()},
      {"company", response.mutable_company()},
      {"source", response.mutable_source()}};
  for (const auto& row : rows) {
    v1::FacetValue& value = *facets.at(row["facet"].c_str())->Add();
    value.set_value(row["value"].c_str());
    value.set_count(row["jobs"].as<int>());
  }
  return response;
}

absl::StatusOr<PagePosition> JobSearch::Survey(const v1::JobFilter& filter) {
  PagePosition position;
  if (AsksForNothing(filter)) {
    return position;
  }
  ASSIGN_OR_RETURN(position.total, Count(filter, TitleScope::kTitle));
  if (position.total == 0 && !filter.title().empty()) {
    position.scope = TitleScope::kAnywhere;
    ASSIGN_OR_RETURN(position.total, Count(filter, TitleScope::kAnywhere));
  }
  return position;
}

absl::StatusOr<int> JobSearch::Count(const v1::JobFilter& filter, TitleScope scope) {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.ExecuteParams(statements_.count.query(),
                                                          FilterParams(filter, scope, names_)));
  return rows[0]["jobs"].as<int>();
}

}  // namespace jobmesh::user
