#include "tests/support/sample_board/greenhouse_pages.h"

#include <algorithm>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/posting_wording.h"

namespace jobmesh::testing {
namespace {

using Json = nlohmann::ordered_json;

// With an offset, as the API gives it: the same instant at -05:00.
std::string OffsetTime(std::chrono::sys_seconds time) {
  std::string local = IsoTime(time - std::chrono::hours(5));
  local.back() = '-';
  return local + "05:00";
}

Json Metadata(const BoardPosting& posting) {
  std::string_view type = posting.content.truth.employment_type;
  if (posting.number % 3 != 0 || type.empty()) return nullptr;
  std::string words = type == "FULL_TIME"   ? "Full-time"
                      : type == "PART_TIME" ? "Part-time"
                      : type == "INTERN"    ? "Intern"
                      : type == "CONTRACT"  ? "Contract"
                                            : "Temporary";
  return Json::array({{{"id", 7001},
                       {"name", "Employment Type"},
                       {"value", words},
                       {"value_type", "single_select"}}});
}

Json Job(const std::string& origin, const BoardPosting& posting, bool with_content) {
  const GeneratedPosting& content = posting.content;
  Json job = {{"absolute_url", origin + posting.Path()},
              {"internal_job_id", posting.number + 9000000},
              {"location", {{"name", content.location}}},
              {"metadata", Metadata(posting)},
              {"id", posting.number},
              {"updated_at", OffsetTime(posting.updated_at)},
              {"requisition_id", "REQ-" + std::to_string(posting.number)},
              {"title", content.title},
              {"company_name", content.company},
              {"first_published", OffsetTime(content.posted_at)}};
  if (!with_content) return job;
  std::string escaped = Escaped(content.description);
  job["content"] = posting.number % 2 == 0 ? Escaped(escaped) : escaped;
  job["departments"] = Json::array({{{"id", 301},
                                     {"name", "Product & Technology"},
                                     {"child_ids", Json::array()},
                                     {"parent_id", nullptr}}});
  job["offices"] = Json::array({{{"id", 401},
                                 {"name", content.location},
                                 {"location", content.location},
                                 {"child_ids", Json::array()},
                                 {"parent_id", nullptr}}});
  return job;
}

Page JsonPage(const Json& json, std::chrono::sys_seconds modified) {
  return {
      .content_type = "application/json; charset=utf-8", .body = json.dump(), .modified = modified};
}

}  // namespace

Page GreenhouseJobs(const std::string& origin, const std::vector<PostingPtr>& postings,
                    bool with_content) {
  Json jobs = Json::array();
  std::chrono::sys_seconds latest{};
  for (const PostingPtr& posting : postings) {
    jobs.push_back(Job(origin, *posting, with_content));
    latest = std::max(latest, posting->updated_at);
  }
  return JsonPage({{"jobs", std::move(jobs)}, {"meta", {{"total", postings.size()}}}}, latest);
}

Page GreenhouseJob(const std::string& origin, const BoardPosting& posting) {
  return JsonPage(Job(origin, posting, true), posting.updated_at);
}

Page GreenhouseError() {
  Page page = JsonPage({{"status", 404}, {"error", "Job not found"}}, {});
  page.status = 404;
  return page;
}

Page GreenhouseDetail(const BoardPosting& posting) {
  const GeneratedPosting& content = posting.content;
  std::string body = "<h1 class=\"app-title\">" + Escaped(content.title) +
                     "</h1>\n<div class=\"location\">" + Escaped(content.location) +
                     "</div>\n<div id=\"content\">" + content.description + "</div>\n";
  return {.body = HtmlDocument("en", content.title, "", body), .modified = posting.updated_at};
}

}  // namespace jobmesh::testing
