#include "tests/support/sample_board/jsonld_pages.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/posting_wording.h"

namespace jobmesh::testing {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kUrlsPerSitemap = 40;
constexpr size_t kJobsPerListing = 25;
constexpr std::string_view kXmlHeader = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
constexpr std::string_view kSitemapNamespace = "http://www.sitemaps.org/schemas/sitemap/0.9";

size_t PartCount(size_t items, size_t per_part) {
  return std::max<size_t>(1, (items + per_part - 1) / per_part);
}

Page XmlPage(std::string body, std::chrono::sys_seconds modified) {
  return {.content_type = "application/xml; charset=utf-8",
          .body = std::move(body),
          .modified = modified};
}

std::chrono::sys_seconds Latest(const std::vector<PostingPtr>& postings, size_t from, size_t to) {
  std::chrono::sys_seconds latest{};
  for (size_t i = from; i < to; ++i) latest = std::max(latest, postings[i]->updated_at);
  return latest;
}

std::string SchemaEmploymentType(std::string_view type) {
  if (type == "CONTRACT") return "CONTRACTOR";
  return std::string(type);
}

Json EmploymentType(const BoardPosting& posting) {
  std::string type = SchemaEmploymentType(posting.content.truth.employment_type);
  switch (posting.number % 5) {
    case 0:
      return Json::array({type});
    case 1: {
      // Sites write the value in their own way as often as in the vocabulary's.
      if (type == "FULL_TIME") return "Full-time";
      if (type == "PART_TIME") return "Part-time";
      return type;
    }
    default:
      return type;
  }
}

Json Address(const BoardPosting& posting) {
  const PostingTruth& truth = posting.content.truth;
  Json address = {{"@type", "PostalAddress"}};
  if (!truth.city.empty()) address["addressLocality"] = truth.city;
  if (!truth.region.empty()) address["addressRegion"] = truth.region;
  if (truth.country.empty()) return address;
  if (posting.number % 3 == 0) {
    address["addressCountry"] = {{"@type", "Country"}, {"name", truth.country}};
  } else {
    address["addressCountry"] =
        truth.country_code.empty() || posting.number % 3 == 1 ? truth.country : truth.country_code;
  }
  return address;
}

Json BaseSalary(const SalaryFact& salary, uint64_t number) {
  // Amounts come as numbers and as strings.
  auto amount = [number](double value) -> Json {
    auto whole = static_cast<int64_t>(value);
    if (number % 4 == 0) return std::to_string(whole);
    return whole;
  };
  Json value = {{"@type", "QuantitativeValue"}};
  if (salary.min) value["minValue"] = amount(*salary.min);
  if (salary.max) value["maxValue"] = amount(*salary.max);
  value["unitText"] = salary.period;
  return {{"@type", "MonetaryAmount"}, {"currency", salary.currency}, {"value", value}};
}

Json Experience(const BoardPosting& posting) {
  const GeneratedPosting& content = posting.content;
  bool open_end = content.truth.experience && !content.truth.experience->max_years;
  if (open_end && posting.number % 2 == 0) {
    return {{"@type", "OccupationalExperienceRequirements"},
            {"monthsOfExperience", content.truth.experience->min_years * 12}};
  }
  return *content.experience_text;
}

Json JobPosting(const std::string& origin, const BoardPosting& posting) {
  const GeneratedPosting& content = posting.content;
  const PostingTruth& truth = content.truth;
  bool escaped = posting.number % 8 == 6;
  Json job = {{"@type", "JobPosting"},
              {"title", content.title},
              {"description", escaped ? Escaped(content.description) : content.description},
              {"datePosted",
               posting.number % 2 == 0 ? IsoDate(content.posted_at) : IsoTime(content.posted_at)},
              {"validThrough", IsoTime(content.posted_at + std::chrono::days(60))},
              {"url", origin + posting.Path()},
              {"directApply", posting.number % 2 == 0}};
  job["identifier"] = {{"@type", "PropertyValue"},
                       {"name", content.company},
                       {"value", std::to_string(posting.number)}};
  job["hiringOrganization"] = {{"@type", "Organization"}, {"name", content.company}};
  if (!truth.employment_type.empty()) job["employmentType"] = EmploymentType(posting);
  if (truth.remote_mode == "REMOTE") {
    job["jobLocationType"] = "TELECOMMUTE";
    if (!truth.country.empty()) {
      job["applicantLocationRequirements"] = {{"@type", "Country"}, {"name", truth.country}};
    }
  }
  if (!truth.city.empty()) {
    Json place = {{"@type", "Place"}, {"address", Address(posting)}};
    job["jobLocation"] = posting.number % 4 == 1 ? Json::array({place}) : place;
  }
  if (content.salary_text && truth.salary) {
    job["baseSalary"] = BaseSalary(*truth.salary, posting.number);
  }
  if (content.experience_text) job["experienceRequirements"] = Experience(posting);
  return job;
}

std::string StructuredData(const std::string& origin, const BoardPosting& posting) {
  Json job = JobPosting(origin, posting);
  switch (posting.number % 8) {
    case 4: {
      job["@context"] = "https://schema.org";
      return Json::array({job}).dump();
    }
    case 5: {
      Json site = {{"@type", "WebSite"}, {"name", "Sample jobs"}, {"url", origin + "/jsonld/"}};
      return Json{{"@context", "https://schema.org/"}, {"@graph", Json::array({site, job})}}.dump(
          2);
    }
    case 7: {
      job["@context"] = "http://schema.org";
      // Line breaks of strings as they are, which JSON forbids; or a vertical tab and a tab.
      bool line_breaks = posting.number / 8 % 2 == 0;
      return ReplaceAll(job.dump(), "\\n", line_breaks ? "\n" : "\x0b\t");
    }
    default: {
      job["@context"] = "https://schema.org/";
      return job.dump();
    }
  }
}

std::string JobLink(const BoardPosting& posting) {
  return "<a class=\"job-link\" href=\"" + posting.Path() + "\">" + Escaped(posting.content.title) +
         "</a>";
}

}  // namespace

Page JsonLdSitemapIndex(const std::string& origin, const std::vector<PostingPtr>& postings,
                        std::chrono::sys_seconds modified) {
  std::string body(kXmlHeader);
  body.append("<sitemapindex xmlns=\"").append(kSitemapNamespace).append("\">\n");
  size_t parts = PartCount(postings.size(), kUrlsPerSitemap);
  for (size_t part = 0; part < parts; ++part) {
    // What is added or removed moves the postings of all parts.
    body += "<sitemap><loc>" + origin + "/jsonld/sitemap-jobs-" + std::to_string(part + 1) +
            ".xml</loc><lastmod>" + IsoTime(modified) + "</lastmod></sitemap>\n";
  }
  body +=
      "<sitemap><loc>" + origin + "/jsonld/sitemap-pages.xml</loc></sitemap>\n</sitemapindex>\n";
  return XmlPage(std::move(body), modified);
}

Page JsonLdSitemapPart(const std::string& origin, const std::vector<PostingPtr>& postings,
                       size_t part) {
  if (part < 1 || part > PartCount(postings.size(), kUrlsPerSitemap)) return NotFoundPage();
  size_t from = (part - 1) * kUrlsPerSitemap;
  size_t to = std::min(postings.size(), from + kUrlsPerSitemap);
  std::string body(kXmlHeader);
  body.append("<urlset xmlns=\"").append(kSitemapNamespace).append("\">\n");
  for (size_t i = from; i < to; ++i) {
    body += "<url><loc>" + Escaped(origin + postings[i]->Path()) + "</loc><lastmod>" +
            IsoTime(postings[i]->updated_at) + "</lastmod></url>\n";
  }
  body += "</urlset>\n";
  return XmlPage(std::move(body), Latest(postings, from, to));
}

Page JsonLdSitemapOfOthers(const std::string& origin) {
  std::string body(kXmlHeader);
  body.append("<urlset xmlns=\"").append(kSitemapNamespace).append("\">\n");
  for (std::string_view path : {"/jsonld/about", "/jsonld/jobs", "/jsonld/private/drafts"}) {
    body.append("<url><loc>").append(origin).append(path).append("</loc></url>\n");
  }
  body += "</urlset>\n";
  return XmlPage(std::move(body), {});
}

Page JsonLdListing(const std::vector<PostingPtr>& postings, size_t page) {
  size_t pages = PartCount(postings.size(), kJobsPerListing);
  if (page < 1 || page > pages) return NotFoundPage();
  size_t from = (page - 1) * kJobsPerListing;
  size_t to = std::min(postings.size(), from + kJobsPerListing);
  std::string body = "<h1>Open positions</h1>\n<ul class=\"jobs\">\n";
  for (size_t i = from; i < to; ++i) {
    const BoardPosting& posting = *postings[i];
    body += "<li>" + JobLink(posting) + " <span class=\"company\">" +
            Escaped(posting.content.company) + "</span> <span class=\"location\">" +
            Escaped(posting.content.location) + "</span></li>\n";
  }
  body += "</ul>\n<p><a href=\"/jsonld/private/drafts\">Drafts</a></p>\n";
  std::string head;
  if (page < pages) {
    std::string next = "/jsonld/jobs?page=" + std::to_string(page + 1);
    head = "<link rel=\"next\" href=\"" + next + "\">\n";
    body += "<p><a rel=\"next\" href=\"" + next + "\">Next page</a></p>\n";
  }
  return {.body = HtmlDocument("en", "Open positions", head, body),
          .modified = Latest(postings, from, to)};
}

Page JsonLdAbout() {
  return {.body = HtmlDocument("en", "About", "",
                               "<h1>About</h1>\n<p>Invented jobs of invented employers.</p>\n")};
}

Page JsonLdDetail(const std::string& origin, const BoardPosting& posting) {
  const GeneratedPosting& content = posting.content;
  Json trail = {{"@context", "https://schema.org"},
                {"@type", "BreadcrumbList"},
                {"itemListElement", Json::array({{{"@type", "ListItem"},
                                                  {"position", 1},
                                                  {"name", "Jobs"},
                                                  {"item", origin + "/jsonld/jobs"}}})}};
  std::string head = "<link rel=\"canonical\" href=\"" + origin + posting.Path() + "\">\n" +
                     "<script type=\"application/ld+json\">" + trail.dump() + "</script>\n" +
                     "<script type=\"application/ld+json\">\n" + StructuredData(origin, posting) +
                     "\n</script>\n";
  std::string body = "<nav><a href=\"/jsonld/jobs\">All jobs</a></nav>\n<main>\n<h1>" +
                     Escaped(content.title) + "</h1>\n<p class=\"company\">" +
                     Escaped(content.company) + "</p>\n<p class=\"location\">" +
                     Escaped(content.location) + "</p>\n<div class=\"description\">" +
                     content.description + "</div>\n</main>\n";
  return {.body = HtmlDocument("en", content.title + " - " + content.company, head, body),
          .modified = posting.updated_at};
}

}  // namespace jobmesh::testing
