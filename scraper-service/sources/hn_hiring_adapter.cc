#include "scraper-service/sources/hn_hiring_adapter.h"

#include <algorithm>
#include <map>

#include "scraper-service/fetch/text.h"
#include "scraper-service/sources/json_list.h"
#include "scraper-service/sources/markup.h"
#include "scraper-service/sources/role_list.h"

namespace jobmesh::scraper::sources {
namespace {

using nlohmann::json;
using Purpose = CrawlSession::Purpose;

constexpr std::size_t kLongestTitle = 200;

constexpr std::string_view kRoleWords[] = {
    "engineer",   "developer", "designer",      "manager",  "scientist",  "analyst",
    "architect",  "lead",      "head of",       "director", "researcher", "devops",
    "sre",        "founding",  "programmer",    "intern",   "cto",        "administrator",
    "consultant", "multiple",  "several roles",
};
constexpr std::string_view kWorkModes[] = {"remote", "onsite", "on-site", "hybrid", "in-office"};
constexpr std::string_view kNoPlaces[] = {
    "full-time", "full time", "fulltime", "part-time", "contract", "intern", "http",
    "visa",      "equity",    "salary",   "www.",      "$",        "€",      "£",
};

template <typename Words>
bool ContainsAny(const std::string& part, const Words& words) {
  return std::any_of(std::begin(words), std::end(words),
                     [&](std::string_view word) { return fetch::ContainsIgnoreCase(part, word); });
}

std::vector<std::string> Split(std::string_view header) {
  std::vector<std::string> parts;
  while (true) {
    const auto bar = header.find('|');
    const auto part = fetch::TrimSpace(header.substr(0, bar));
    if (!part.empty()) parts.emplace_back(part);
    if (bar == std::string_view::npos) return parts;
    header.remove_prefix(bar + 1);
  }
}

// The first part is the company, the others come in any order.
void ReadHeader(const std::string& header, RawPosting& posting) {
  const auto parts = Split(header);
  posting.title = header;
  if (parts.size() < 2) return;
  posting.company = parts.front();
  bool has_role = false;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const bool mode = ContainsAny(parts[i], kWorkModes);
    if (mode && !posting.remote_text) posting.remote_text = parts[i];
    if (!has_role && ContainsAny(parts[i], kRoleWords)) {
      posting.title = parts[i];
      has_role = true;
    } else if (posting.location.empty() && !ContainsAny(parts[i], kNoPlaces)) {
      posting.location = parts[i];
    }
  }
}

std::optional<RawPosting> ReadComment(const json& comment) {
  const std::string text = TextField(comment, "text");
  if (text.empty()) return std::nullopt;  // deleted
  const std::string first = text.substr(0, text.find("<p>"));
  std::string header = TextOf(Document::ParseHtml(first).root());
  // Job seekers post in these threads too.
  if (fetch::AsciiLower(header).starts_with("seeking work") || header.empty()) return std::nullopt;
  RawPosting posting;
  posting.native_id = TextField(comment, "id");
  posting.url = "https://news.ycombinator.com/item?id=" + posting.native_id;
  ReadHeader(header, posting);
  if (posting.title.size() > kLongestTitle) {
    const auto blank = posting.title.rfind(' ', kLongestTitle);
    posting.title.resize(blank == std::string::npos ? kLongestTitle : blank);
  }
  posting.description = text;
  posting.description_format = RawPosting::Format::kHtml;
  posting.posted_text = Text(Field(comment, "created_at"));
  return posting;
}

// The role as part of an id: letters and digits, so that a change of its dividers makes no new
// posting.
std::string Slug(const std::string& title) {
  std::string slug;
  for (const char c : fetch::AsciiLower(title)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      slug += c;
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug;
}

// A posting a role where the comment lists several, each with what concerns it alone.
std::vector<RawPosting> SplitRoles(RawPosting comment) {
  std::vector<ListedRole> roles = FindRoles(comment.description);
  std::vector<RawPosting> postings;
  std::map<std::string, int> seen;
  for (ListedRole& role : roles) {
    RawPosting posting = comment;
    const std::string slug = Slug(role.title);
    const int number = ++seen[slug];
    posting.native_id += "/" + slug + (number > 1 ? "-" + std::to_string(number) : "");
    posting.url = role.url.empty() ? comment.url + "#" + slug : std::move(role.url);
    posting.title = std::move(role.title);
    posting.description = std::move(role.html);
    if (!role.pay.empty()) posting.salary_text = std::move(role.pay);
    postings.push_back(std::move(posting));
  }
  if (postings.empty()) postings.push_back(std::move(comment));
  return postings;
}

std::vector<RawPosting> ReadRoles(const json& comment) {
  std::optional<RawPosting> posting = ReadComment(comment);
  return posting ? SplitRoles(*std::move(posting)) : std::vector<RawPosting>();
}

// The items URL of the newest thread that a search found; "" when there is none.
std::string NewestThread(const std::string& search_url, const json& hits) {
  for (const auto& hit : hits) {
    if (fetch::ContainsIgnoreCase(TextField(hit, "title"), "who is hiring")) {
      return search_url.substr(0, search_url.find("/search")) + "/items/" +
             TextField(hit, "objectID");
    }
  }
  return {};
}

}  // namespace

Outcome HnHiringAdapter::Crawl(const SourceConfig& source, fetch::Fetcher& fetcher,
                               PostingSink& sink, CrawlContext& context) const {
  CrawlSession session(source, fetcher, sink, context);
  std::string thread_url = source.url;
  if (source.url.find("/search") != std::string::npos) {
    fetch::FetchResult page;
    const auto found = session.FetchJson(source.url, Purpose::kLinks, page);
    if (!found) return session.Finish();
    const json& hits = Field(*found, "hits");
    thread_url = hits.is_array() ? NewestThread(source.url, hits) : "";
    if (thread_url.empty()) {
      session.Fail(source.url, "no \"Who is hiring?\" thread among the hits");
      return session.Finish();
    }
  }
  ReadJsonList(session, thread_url, Purpose::kPostings, "children", ReadRoles);
  return session.Finish();
}

}  // namespace jobmesh::scraper::sources
