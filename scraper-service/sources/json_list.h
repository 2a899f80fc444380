#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "scraper-service/sources/crawl_session.h"
#include "scraper-service/sources/json_fields.h"

namespace jobmesh::scraper::sources {

// How one element of an API's list becomes a posting; nullopt for elements that are none (legal
// notices, unlisted jobs).
using ReadElement = std::function<std::optional<RawPosting>(const nlohmann::json& element)>;

// The same for elements that may be several postings.
using ReadElements = std::function<std::vector<RawPosting>(const nlohmann::json& element)>;

// Hands every posting of a list over and remembers the page. Counts a failure when `list` is no
// array.
void ReadList(CrawlSession& session, const fetch::FetchResult& page, const nlohmann::json& list,
              const ReadElement& read);
void ReadList(CrawlSession& session, const fetch::FetchResult& page, const nlohmann::json& list,
              const ReadElements& read);

// Reads one page of an API: the array at `list` of the answer, or the answer itself when `list` is
// null. Returns the answer for what else is in it; nullopt when it failed, is unchanged, or has no
// such array (all counted). A page of several needs Purpose::kLinks: if it came as "not modified",
// the next one would not be known.
std::optional<nlohmann::json> ReadJsonList(CrawlSession& session, const std::string& url,
                                           CrawlSession::Purpose purpose, const char* list,
                                           const ReadElement& read);
std::optional<nlohmann::json> ReadJsonList(CrawlSession& session, const std::string& url,
                                           CrawlSession::Purpose purpose, const char* list,
                                           const ReadElements& read);

// Adds a query parameter to a URL, unless it has one of that name.
std::string WithParameter(const std::string& url, const std::string& name,
                          const std::string& value);

}  // namespace jobmesh::scraper::sources
