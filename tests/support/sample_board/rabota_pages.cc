#include "tests/support/sample_board/rabota_pages.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/posting_wording.h"

namespace jobmesh::testing {
namespace {

constexpr size_t kCardsPerPage = 20;

// "22.11.2026"
std::string DottedDate(std::chrono::sys_seconds time) {
  std::string iso = IsoDate(time);
  return iso.substr(8, 2) + "." + iso.substr(5, 2) + "." + iso.substr(0, 4);
}

std::string SummaryRow(std::string_view name, std::string_view value) {
  return "<div class=\"summary-row\"><span>" + Escaped(name) + "</span><span>" + Escaped(value) +
         "</span></div>\n";
}

std::string_view EmploymentWords(std::string_view type) {
  if (type == "FULL_TIME") return "Normă întreagă";
  if (type == "PART_TIME") return "Part-time";
  if (type == "CONTRACT") return "Pe proiect";
  if (type == "TEMPORARY") return "Temporar";
  if (type == "INTERN") return "Stagiu";
  return {};
}

std::string Card(const BoardPosting& posting) {
  const GeneratedPosting& content = posting.content;
  std::string card =
      "<div class=\"vacancyCardItem previewCard noPaddings\">\n"
      "<a href=\"/rabota/ro/companies/" +
      Slug(content.company) + "\"><img src=\"/rabota/logo.svg\" alt=\"" + Escaped(content.company) +
      "\"></a>\n<a class=\"vacancyShowPopup\" href=\"" + posting.Path() + "\">" +
      Escaped(content.title) + "</a>\n<span class=\"company\">" + Escaped(content.company) +
      "</span>\n<span class=\"place\">" + Escaped(content.location) + "</span>\n";
  return card + "</div>\n";
}

}  // namespace

Page RabotaListing(const std::vector<PostingPtr>& postings, size_t page) {
  size_t from = std::min(postings.size(), (page - 1) * kCardsPerPage);
  size_t to = std::min(postings.size(), from + kCardsPerPage);
  std::chrono::sys_seconds latest{};
  std::string body =
      "<h1>Locuri de muncă: IT</h1>\n<div class=\"b_info10 vacancy-list space-y-5\">\n";
  for (size_t i = from; i < to; ++i) {
    body += Card(*postings[i]);
    latest = std::max(latest, postings[i]->updated_at);
  }
  body += "</div>\n";
  if (from == to) body += "<p>Nu au fost găsite locuri de muncă.</p>\n";
  if (to < postings.size()) {
    body +=
        "<ul class=\"pagination\"><li><a rel=\"next\" href=\"/rabota/ro/vacancies/category/it/" +
        std::to_string(page + 1) + "\">Pagina următoare</a></li></ul>\n";
  }
  return {.body = HtmlDocument("ro", "Locuri de muncă: IT", "", body), .modified = latest};
}

Page RabotaDetail(const BoardPosting& posting) {
  const GeneratedPosting& content = posting.content;
  std::string body =
      "<div class=\"vc_detail\">\n<div class=\"top-info\">\n"
      "<span class=\"vacancy-id\">ID " +
      std::to_string(posting.number) + " <span>" + DottedDate(content.posted_at) +
      "</span></span>\n<h1 class=\"mb-5 text-black\">" + Escaped(content.title) +
      "</h1>\n<span class=\"company-name\">" + Escaped(content.company) +
      "</span>\n</div>\n<div class=\"summary\">\n";
  body += SummaryRow("Orașul", content.location);
  if (content.experience_text) body += SummaryRow("Experiența de munca", *content.experience_text);
  if (content.salary_text) body += SummaryRow("Salariul", *content.salary_text);
  if (std::string_view words = EmploymentWords(content.truth.employment_type); !words.empty()) {
    body += SummaryRow("Programul de lucru", words);
  }
  body += "</div>\n<div class=\"vacancy-content\">\n" + content.description + "</div>\n</div>\n";
  body +=
      "<div class=\"similar\"><a href=\"/rabota/ro/vacancies/category/it/1\">Vezi mai "
      "multe</a></div>\n";
  return {.body = HtmlDocument("ro", content.title + " | " + content.company, "", body),
          .modified = posting.updated_at};
}

}  // namespace jobmesh::testing
