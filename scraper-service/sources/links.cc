#include "scraper-service/sources/links.h"

#include <charconv>
#include <set>

namespace jobmesh::scraper::sources {
namespace {

constexpr std::string_view kPlaceholder = "{page}";
constexpr std::size_t kLeastDigits = 3;

}  // namespace

std::string LastNumber(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789";
  auto end = text.find_last_of(kDigits);
  while (end != std::string_view::npos) {
    const auto before = text.find_last_not_of(kDigits, end);
    const auto start = before == std::string_view::npos ? 0 : before + 1;
    if (end + 1 - start >= kLeastDigits) return std::string(text.substr(start, end + 1 - start));
    if (start == 0) break;
    end = text.find_last_of(kDigits, start - 1);
  }
  return {};
}

std::vector<std::string> OwnLinks(const fetch::Url& page, const std::vector<xmlNode*>& elements) {
  std::vector<std::string> links;
  std::set<std::string> seen;
  for (xmlNode* element : elements) {
    const auto url = fetch::ResolveUrl(page, Attribute(element, "href"));
    if (url.ok() && url->Origin() == page.Origin() && seen.insert(url->ToString()).second) {
      links.push_back(url->ToString());
    }
  }
  return links;
}

std::string PageUrl(std::string pattern, int number) {
  const auto position = pattern.find(kPlaceholder);
  if (position != std::string::npos) {
    pattern.replace(position, kPlaceholder.size(), std::to_string(number));
  }
  return pattern;
}

bool HasPagePlaceholder(std::string_view pattern) {
  return pattern.find(kPlaceholder) != std::string_view::npos;
}

CountedListing CountedListingOf(const std::string& url) {
  if (HasPagePlaceholder(url)) return {url, 1};
  const auto slash = url.rfind('/');
  const std::string_view last = std::string_view(url).substr(slash + 1);
  int number = 0;
  const auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), number);
  if (!last.empty() && error == std::errc{} && end == last.data() + last.size()) {
    return {url.substr(0, slash + 1) + std::string(kPlaceholder), number};
  }
  return {url + (last.empty() ? "" : "/") + std::string(kPlaceholder), 1};
}

}  // namespace jobmesh::scraper::sources
