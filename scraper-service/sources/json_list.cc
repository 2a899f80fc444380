#include "scraper-service/sources/json_list.h"

#include <utility>

namespace jobmesh::scraper::sources {
namespace {

constexpr std::size_t kSample = 80;

ReadElements AtMostOne(const ReadElement& read) {
  return [&read](const nlohmann::json& element) {
    std::vector<RawPosting> postings;
    if (auto posting = read(element)) postings.push_back(*std::move(posting));
    return postings;
  };
}

}  // namespace

void ReadList(CrawlSession& session, const fetch::FetchResult& page, const nlohmann::json& list,
              const ReadElement& read) {
  ReadList(session, page, list, AtMostOne(read));
}

void ReadList(CrawlSession& session, const fetch::FetchResult& page, const nlohmann::json& list,
              const ReadElements& read) {
  if (!list.is_array()) {
    session.Fail(page.final_url, "no list of postings: " + page.body_utf8.substr(0, kSample));
    return;
  }
  session.Recognise();
  for (const auto& element : list) {
    if (!element.is_object()) {
      session.Fail(page.final_url, "not a posting: " + element.dump().substr(0, kSample));
      continue;
    }
    for (RawPosting& posting : read(element)) session.Accept(page, std::move(posting));
  }
  session.PageDone(page);
}

std::optional<nlohmann::json> ReadJsonList(CrawlSession& session, const std::string& url,
                                           CrawlSession::Purpose purpose, const char* list,
                                           const ReadElement& read) {
  return ReadJsonList(session, url, purpose, list, AtMostOne(read));
}

std::optional<nlohmann::json> ReadJsonList(CrawlSession& session, const std::string& url,
                                           CrawlSession::Purpose purpose, const char* list,
                                           const ReadElements& read) {
  fetch::FetchResult page;
  auto answer = session.FetchJson(url, purpose, page);
  if (!answer) return std::nullopt;
  const nlohmann::json& elements = list == nullptr ? *answer : Field(*answer, list);
  ReadList(session, page, elements, read);
  return elements.is_array() ? answer : std::nullopt;
}

std::string WithParameter(const std::string& url, const std::string& name,
                          const std::string& value) {
  const auto query = url.find('?');
  if (query == std::string::npos) return url + "?" + name + "=" + value;
  const std::string parameters = "&" + url.substr(query + 1);
  if (parameters.find("&" + name + "=") != std::string::npos) return url;
  return url + "&" + name + "=" + value;
}

}  // namespace jobmesh::scraper::sources
