#include "scraper-service/refine/canonical_url.h"

#include <algorithm>
#include <array>
#include <vector>

#include "scraper-service/refine/ascii.h"

namespace jobmesh::scraper::refine {
namespace {

bool IsTracking(std::string_view parameter) {
  static constexpr std::array<std::string_view, 16> kNames = {
      "gclid",  "fbclid", "msclkid",      "ref",          "referrer", "source",
      "src",    "gh_src", "lever-source", "lever-origin", "trk",      "mc_cid",
      "mc_eid", "from",   "campaign",     "via"};
  const std::string name = Lowered(parameter.substr(0, parameter.find('=')));
  return name.rfind("utm_", 0) == 0 ||
         std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

void StripSuffix(std::string& text, std::string_view suffix) {
  if (text.size() > suffix.size() &&
      text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0)
    text.resize(text.size() - suffix.size());
}

}  // namespace

CanonicalUrl Canonicalise(std::string_view url) {
  url = Trimmed(url);
  const size_t scheme = url.find("://");
  if (scheme == url.npos) return {};
  const std::string name = Lowered(url.substr(0, scheme));
  if (name != "http" && name != "https") return {};
  url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find('#'));
  const size_t host_end = std::min(url.find_first_of("/?"), url.size());
  CanonicalUrl result;
  result.host = Lowered(url.substr(0, host_end));
  if (result.host.rfind("www.", 0) == 0) result.host.erase(0, 4);
  StripSuffix(result.host, ":80");
  StripSuffix(result.host, ":443");
  if (result.host.empty()) return {};
  const std::string_view rest = url.substr(host_end);
  const size_t question = std::min(rest.find('?'), rest.size());
  std::string path(rest.substr(0, question));
  while (!path.empty() && path.back() == '/') path.pop_back();
  result.key = result.host + path;
  if (question < rest.size()) {
    std::vector<std::string_view> kept;
    for (const std::string_view parameter : SplitBy(rest.substr(question + 1), '&')) {
      if (!parameter.empty() && !IsTracking(parameter)) kept.push_back(parameter);
    }
    std::sort(kept.begin(), kept.end());
    char separator = '?';
    for (const std::string_view parameter : kept) {
      result.key += separator;
      result.key += parameter;
      separator = '&';
    }
  }
  return result;
}

}  // namespace jobmesh::scraper::refine
