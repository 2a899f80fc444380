#include "tests/support/sample_board/api_pages.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

#include "tests/support/posting_wording.h"

namespace jobmesh::testing {
namespace {

using Json = nlohmann::ordered_json;

// One request.
struct Request {
  const std::string& path;
  const Parameter& parameter;
  const std::string& origin;
  const std::vector<PostingPtr>& postings;

  size_t Number(const char* name, size_t fallback) const {
    const std::string text = parameter(name);
    size_t number = fallback;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  }
  // Applied to `count` postings after the first `skip`.
  Json List(size_t skip, size_t count, const std::function<Json(const BoardPosting&)>& make) const {
    Json list = Json::array();
    for (size_t i = skip; i < postings.size() && i < skip + count; ++i) {
      Json element = make(*postings[i]);
      if (!element.is_null()) list.push_back(std::move(element));
    }
    return list;
  }
  Json All(const std::function<Json(const BoardPosting&)>& make) const {
    return List(0, postings.size(), make);
  }
};

Page JsonPage(const Json& json) {
  return {.content_type = "application/json; charset=utf-8", .body = json.dump()};
}

std::string Id(const BoardPosting& posting) { return std::to_string(posting.number); }
const GeneratedPosting& Content(const BoardPosting& posting) { return posting.content; }
std::string Address(const Request& request, const BoardPosting& posting) {
  return request.origin + posting.Path();
}
int64_t Seconds(const BoardPosting& posting) {
  return posting.content.posted_at.time_since_epoch().count();
}
std::string Date(const BoardPosting& posting) {
  return IsoTime(posting.content.posted_at).substr(0, 10);
}
bool IsRemote(const BoardPosting& posting) { return posting.content.truth.remote_mode == "REMOTE"; }
// A stated yearly salary, if the posting is one of those that state it in a field.
std::optional<std::pair<double, double>> Yearly(const BoardPosting& posting) {
  if (posting.number % 3 != 0) return std::nullopt;
  const double min = 40000 + static_cast<double>(posting.number % 50) * 1000;
  return std::pair(min, min + 15000);
}

// `description` is `opening` and `descriptionBody` joined: read together they would come twice.
std::optional<Page> Lever(const Request& request) {
  if (request.path != "/v0/postings/sample") return std::nullopt;
  const size_t limit = std::min<size_t>(request.Number("limit", 100), 100);
  return JsonPage(request.List(request.Number("skip", 0), limit, [&](const BoardPosting& posting) {
    const std::string opening = "<div>About " + Escaped(Content(posting).company) + "</div>";
    Json job = {
        {"id", "lever-" + Id(posting)},
        {"text", Content(posting).title},
        {"categories",
         {{"location", Content(posting).location},
          {"commitment", posting.number % 2 == 0 ? "Full-time" : "Regular Full Time (Salary)"},
          {"team", "Platform"},
          {"allLocations", {Content(posting).location}}}},
        {"country", nullptr},
        {"workplaceType", IsRemote(posting) ? "remote" : "unspecified"},
        {"createdAt", Seconds(posting) * 1000},
        {"opening", opening},
        {"descriptionBody", Content(posting).description},
        {"description", opening + Content(posting).description},
        {"lists", {{{"text", "What you bring"}, {"content", "<li>Patience</li>"}}}},
        {"additional", "<p>Equal opportunity employer.</p>"},
        {"hostedUrl", Address(request, posting) + "?via=lever"},
        {"applyUrl", Address(request, posting) + "/apply"}};
    if (const auto pay = Yearly(posting)) {
      job["salaryRange"] = {{"currency", "USD"},
                            {"interval", "per-year-salary"},
                            {"min", pay->first},
                            {"max", pay->second}};
    }
    return job;
  }));
}

// One in ten is not listed; compensation names equity too, and not first.
std::optional<Page> Ashby(const Request& request) {
  if (request.path != "/posting-api/job-board/sample") return std::nullopt;
  Json jobs = request.All([&](const BoardPosting& posting) {
    Json job = {{"id", "ashby-" + Id(posting)},
                {"title", Content(posting).title},
                {"department", "Engineering"},
                {"employmentType", posting.number % 2 == 0 ? "FullTime" : "Contract"},
                {"location", Content(posting).location},
                {"secondaryLocations", Json::array()},
                {"isRemote", IsRemote(posting)},
                {"workplaceType", nullptr},
                {"publishedAt", IsoTime(Content(posting).posted_at)},
                {"isListed", posting.number % 10 != 0},
                {"jobUrl", Address(request, posting) + "?via=ashby"},
                {"descriptionHtml", Content(posting).description},
                {"descriptionPlain", "The same without markup."}};
    if (const auto pay = Yearly(posting)) {
      job["compensation"] = {
          {"compensationTierSummary", "$40K – $105K • 0.3% – 0.41%"},
          {"summaryComponents",
           {{{"compensationType", "EquityPercentage"}, {"minValue", 0.3}, {"maxValue", 0.41}},
            {{"compensationType", "Salary"},
             {"interval", "1 YEAR"},
             {"currencyCode", "USD"},
             {"minValue", pay->first},
             {"maxValue", pay->second}}}}};
    }
    return job;
  });
  return JsonPage({{"apiVersion", "1"}, {"jobs", std::move(jobs)}});
}

// `state` is the region of the place, not a status.
std::optional<Page> Workable(const Request& request) {
  if (request.path != "/api/accounts/sample") return std::nullopt;
  Json jobs = request.All([&](const BoardPosting& posting) {
    return Json{{"title", Content(posting).title},
                {"shortcode", "W" + Id(posting)},
                {"url", Address(request, posting) + "?via=workable"},
                {"city", Content(posting).truth.city},
                {"state", Content(posting).truth.region},
                {"country", Content(posting).truth.country},
                {"telecommuting", IsRemote(posting)},
                {"experience", "Mid-Senior level"},
                {"published_on", Date(posting)},
                {"description", Content(posting).description}};
  });
  return JsonPage({{"name", "Sample Works"}, {"description", nullptr}, {"jobs", std::move(jobs)}});
}

// The list has no descriptions: each posting is a page of its own. Countries in lower case.
std::optional<Page> SmartRecruiters(const Request& request) {
  constexpr std::string_view kList = "/v1/companies/sample/postings";
  if (!request.path.starts_with(kList)) return std::nullopt;
  const auto summary = [](const BoardPosting& posting) {
    return Json{{"id", "sr" + Id(posting)},
                {"name", Content(posting).title},
                {"company", {{"identifier", "sample"}, {"name", Content(posting).company}}},
                {"releasedDate", IsoTime(Content(posting).posted_at)},
                {"location",
                 {{"city", Content(posting).truth.city},
                  {"region", Content(posting).truth.region},
                  {"country", Content(posting).truth.country_code},
                  {"remote", IsRemote(posting)}}},
                {"typeOfEmployment", {{"label", "Full-time"}}}};
  };
  if (request.path == kList) {
    const size_t offset = request.Number("offset", 0);
    const size_t limit = std::min<size_t>(request.Number("limit", 10), 100);
    return JsonPage({{"offset", offset},
                     {"limit", limit},
                     {"totalFound", request.postings.size()},
                     {"content", request.List(offset, limit, summary)}});
  }
  for (const PostingPtr& posting : request.postings) {
    if (request.path != std::string(kList) + "/sr" + Id(*posting)) continue;
    Json job = summary(*posting);
    job["jobAd"]["sections"] = {
        {"companyDescription", {{"title", "Company Description"}, {"text", "<p>We are.</p>"}}},
        {"jobDescription",
         {{"title", "Job Description"}, {"text", Content(*posting).description}}}};
    return JsonPage(job);
  }
  return std::nullopt;
}

// Dates without a zone, and a legal notice beside the list.
std::optional<Page> Remotive(const Request& request) {
  if (request.path != "/api/remote-jobs") return std::nullopt;
  Json jobs = request.All([&](const BoardPosting& posting) {
    std::string date = IsoTime(Content(posting).posted_at);
    date.pop_back();
    return Json{{"id", posting.number},
                {"url", Address(request, posting) + "?via=remotive"},
                {"title", Content(posting).title},
                {"company_name", Content(posting).company},
                {"job_type", "full_time"},
                {"publication_date", date},
                {"candidate_required_location", "Worldwide"},
                {"salary", posting.number % 3 == 0 ? "$40,000 - $50,000" : ""},
                {"tags", {"remote"}},
                {"description", Content(posting).description}};
  });
  return JsonPage(
      {{"0-legal-notice", "Link back to the board."}, {"job-count", jobs.size()}, {"jobs", jobs}});
}

// The first element is a legal notice; 0 stands for a salary that is not stated.
std::optional<Page> RemoteOk(const Request& request) {
  if (request.path != "/api") return std::nullopt;
  Json list = request.All([&](const BoardPosting& posting) {
    const auto pay = Yearly(posting).value_or(std::pair(0.0, 0.0));
    return Json{{"slug", Slug(Content(posting).title) + "-" + Id(posting)},
                {"id", Id(posting)},
                {"epoch", Seconds(posting)},
                {"date", IsoTime(Content(posting).posted_at)},
                {"company", Content(posting).company},
                {"position", Content(posting).title},
                {"tags", {"dev"}},
                {"description", Content(posting).description},
                {"location", ""},
                {"url", Address(request, posting) + "?via=remoteok"},
                {"salary_min", pay.first},
                {"salary_max", pay.second}};
  });
  list.insert(list.begin(), Json{{"last_updated", 1}, {"legal", "Link back to the board."}});
  return JsonPage(list);
}

// Pages by links.next; seconds instead of a date.
std::optional<Page> Arbeitnow(const Request& request) {
  if (request.path != "/api/job-board-api") return std::nullopt;
  constexpr size_t kPage = 40;
  const size_t page = std::max<size_t>(request.Number("page", 1), 1);
  Json data = request.List((page - 1) * kPage, kPage, [&](const BoardPosting& posting) {
    return Json{{"slug", Slug(Content(posting).title) + "-" + Id(posting)},
                {"company_name", Content(posting).company},
                {"title", Content(posting).title},
                {"description", Content(posting).description},
                {"remote", IsRemote(posting)},
                {"url", Address(request, posting) + "?via=arbeitnow"},
                {"tags", Json::array()},
                {"job_types", {"full time"}},
                {"location", Content(posting).location},
                {"created_at", Seconds(posting)}};
  });
  const bool last = page * kPage >= request.postings.size();
  Json next = last ? Json()
                   : Json(request.origin + "/apis/arbeitnow" + request.path +
                          "?page=" + std::to_string(page + 1));
  return JsonPage({{"data", std::move(data)}, {"links", {{"next", next}}}});
}

// Search words are marked in titles; half of the salaries are predicted; texts are cut.
std::optional<Page> Adzuna(const Request& request) {
  constexpr std::string_view kSearch = "/v1/api/jobs/gb/search/";
  if (!request.path.starts_with(kSearch)) return std::nullopt;
  if (request.parameter("app_key") != "secret") {
    Page refusal = JsonPage({{"exception", "AUTH_FAIL"}});
    refusal.status = 401;
    return refusal;
  }
  size_t page = 0;
  const std::string number = request.path.substr(kSearch.size());
  std::from_chars(number.data(), number.data() + number.size(), page);
  if (page == 0) return std::nullopt;
  const size_t size = std::clamp<size_t>(request.Number("results_per_page", 10), 1, 50);
  Json results = request.List((page - 1) * size, size, [&](const BoardPosting& posting) {
    Json job = {{"id", Id(posting)},
                {"title", "<strong>" + Escaped(Content(posting).title) + "</strong>"},
                {"description", "The beginning of what is asked for, and no more …"},
                {"company", {{"display_name", Content(posting).company}}},
                {"location",
                 {{"display_name", Content(posting).location},
                  {"area", {"UK", "London", "South West London", "Wandsworth"}}}},
                {"category", {{"tag", "it-jobs"}, {"label", "IT Jobs"}}},
                {"created", IsoTime(Content(posting).posted_at)},
                {"redirect_url", Address(request, posting) + "?via=adzuna"},
                {"contract_time", "full_time"},
                {"contract_type", posting.number % 2 == 0 ? "permanent" : "contract"}};
    if (const auto pay = Yearly(posting)) {
      job["salary_min"] = pay->first;
      job["salary_max"] = pay->second;
      job["salary_is_predicted"] = posting.number % 2 == 0 ? "1" : "0";
    }
    return job;
  });
  return JsonPage({{"count", request.postings.size()}, {"mean", 50000}, {"results", results}});
}

// Amounts are texts with a code for the period; the key stands in a header.
std::optional<Page> UsaJobs(const Request& request) {
  if (request.path != "/api/Search") return std::nullopt;
  if (request.parameter("Authorization-Key") != "secret") {
    Page refusal = JsonPage({{"error", "unauthorised"}});
    refusal.status = 401;
    return refusal;
  }
  const size_t page = std::max<size_t>(request.Number("Page", 1), 1);
  const size_t size = std::clamp<size_t>(request.Number("ResultsPerPage", 25), 1, 40);
  Json items = request.List((page - 1) * size, size, [&](const BoardPosting& posting) {
    const auto pay = Yearly(posting).value_or(std::pair(0.0, 0.0));
    return Json{
        {"MatchedObjectId", Id(posting)},
        {"MatchedObjectDescriptor",
         {{"PositionID", "ST-" + Id(posting)},
          {"PositionTitle", Content(posting).title},
          {"PositionURI", Address(request, posting) + "?via=usajobs"},
          {"PositionLocation",
           {{{"LocationName", "Denver, Colorado"},
             {"CountryCode", "United States"},
             {"CountrySubDivisionCode", "Colorado"},
             {"CityName", "Denver, Colorado"}}}},
          {"OrganizationName", Content(posting).company},
          {"PositionSchedule", {{{"Name", "Full-time"}, {"Code", "1"}}}},
          {"QualificationSummary", "One year of experience."},
          {"PositionRemuneration",
           {{{"MinimumRange", std::to_string(pay.first)},
             {"MaximumRange", std::to_string(pay.second)},
             {"RateIntervalCode", pay.first > 0 ? "PA" : "WC"}}}},
          {"PublicationStartDate", Date(posting) + "T00:00:00.0000"},
          {"ApplicationCloseDate", "2099-01-31T23:59:59.9970"},
          {"UserArea",
           {{"Details",
             {{"JobSummary", Content(posting).description}, {"MajorDuties", {"Duties."}}}}}}}}};
  });
  return JsonPage({{"SearchResult",
                    {{"SearchResultCount", items.size()},
                     {"SearchResultCountAll", request.postings.size()},
                     {"SearchResultItems", items}}}});
}

// A thread's comments; one in ten is deleted or by somebody who looks for work.
std::optional<Page> HackerNews(const Request& request) {
  if (request.path == "/api/v1/search_by_date") {
    return JsonPage(
        {{"hits",
          {{{"objectID", "9001"}, {"title", "Ask HN: Who wants to be hired? (November 2026)"}},
           {{"objectID", "9002"}, {"title", "Ask HN: Who is hiring? (November 2026)"}}}}});
  }
  if (request.path != "/api/v1/items/9002") return std::nullopt;
  Json children = request.All([&](const BoardPosting& posting) {
    Json comment = {{"id", posting.number},
                    {"created_at", IsoTime(Content(posting).posted_at)},
                    {"author", "somebody"},
                    {"type", "comment"}};
    if (posting.number % 10 == 0) {
      comment["text"] = nullptr;
    } else if (posting.number % 10 == 1) {
      comment["text"] = "SEEKING WORK | Remote<p>I build things.";
    } else {
      comment["text"] =
          Escaped(Content(posting).company) + " | " + Escaped(Content(posting).title) + " | " +
          Escaped(Content(posting).location) + " | ONSITE<p>" + Content(posting).description;
    }
    return comment;
  });
  return JsonPage({{"id", 9002}, {"type", "story"}, {"children", std::move(children)}});
}

}  // namespace

std::optional<Page> ApiPage(std::string_view api, const std::string& path,
                            const Parameter& parameter, const std::string& origin,
                            const std::vector<PostingPtr>& postings) {
  using Make = std::optional<Page> (*)(const Request&);
  constexpr std::array<std::pair<std::string_view, Make>, 10> kApis = {
      {{"lever", Lever},
       {"ashby", Ashby},
       {"workable", Workable},
       {"smartrecruiters", SmartRecruiters},
       {"remotive", Remotive},
       {"remoteok", RemoteOk},
       {"arbeitnow", Arbeitnow},
       {"adzuna", Adzuna},
       {"usajobs", UsaJobs},
       {"hn", HackerNews}}};
  for (const auto& [name, make] : kApis) {
    if (name == api) return make({path, parameter, origin, postings});
  }
  return std::nullopt;
}

}  // namespace jobmesh::testing
