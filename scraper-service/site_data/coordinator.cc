#include "scraper-service/site_data/coordinator.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace jobmesh::scraper::site_data {
namespace {

using Json = nlohmann::json;

constexpr size_t kMostAtOnce = 16;
constexpr int kDeepest = 64;

// A list, or the reason why the answer is none. Deeper nesting than anybody needs is not kept,
// because what walks through values later does so recursively.
absl::StatusOr<Json> ReadList(const std::string& body) {
  bool too_deep = false;
  const auto within_depth = [&too_deep](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kDeepest;
    return depth <= kDeepest;
  };
  Json list = Json::parse(body, within_depth, /*allow_exceptions=*/false);
  if (too_deep) {
    return absl::InvalidArgumentError("the answer is nested too deep");
  }
  if (!list.is_array()) {
    return absl::InvalidArgumentError("the answer is not a JSON list");
  }
  return list;
}

ProviderResult AskProvider(const Site& site, const Provider& provider, absl::CivilDay day,
                           fetch::ApiClient& client, const fetch::CancelToken& cancel,
                           absl::Time now) {
  ProviderResult result{.provider = provider.name};
  const absl::StatusOr<std::string> body =
      client.Post(provider.url, Json{{"siteId", site.id}, {"date", DayText(day)}}.dump(), cancel);
  const absl::StatusOr<Json> list =
      body.ok() ? ReadList(*body) : absl::StatusOr<Json>(body.status());
  if (!list.ok()) {
    result.status = list.status();
    result.errors = 1;
    return result;
  }
  const Transformer transform = FindTransformer(provider.transformer);
  std::map<std::string, size_t> places;  // of ids
  for (const Json& object : *list) {
    ++result.fetched;
    absl::StatusOr<Item> item = transform(object, provider.name, now);
    if (!item.ok()) {
      ++result.errors;
      continue;
    }
    const auto [place, is_new] = places.emplace(item->id, result.items.size());
    if (is_new) {
      result.items.push_back(*std::move(item));
    } else {
      result.items[place->second] = *std::move(item);
    }
  }
  return result;
}

}  // namespace

std::vector<ProviderResult> AskProviders(const Site& site, absl::CivilDay day,
                                         fetch::ApiClient& client, const fetch::CancelToken& cancel,
                                         absl::Time now) {
  std::vector<ProviderResult> results(site.providers.size());
  std::atomic<size_t> next{0};
  const auto ask = [&] {
    for (size_t i = next++; i < results.size(); i = next++) {
      results[i] = AskProvider(site, site.providers[i], day, client, cancel, now);
    }
  };
  std::vector<std::thread> others;
  for (size_t i = 1; i < std::min(results.size(), kMostAtOnce); ++i) {
    others.emplace_back(ask);
  }
  ask();
  for (std::thread& thread : others) {
    thread.join();
  }
  return results;
}

Verdict Judge(const Site& site, const std::vector<ProviderResult>& results) {
  Verdict verdict;
  if (results.empty()) {
    verdict.failed = true;
    verdict.error = absl::StrCat("No providers found for site ", site.id);
    return verdict;
  }
  std::vector<std::string> failures;
  for (const ProviderResult& result : results) {
    verdict.stats[result.provider] = {{"fetched", result.fetched},
                                      {"transformed", result.items.size()},
                                      {"errors", result.errors}};
    if (!result.status.ok()) {
      failures.push_back(absl::StrCat(result.provider, ": ", result.status.message()));
    }
  }
  verdict.failed = failures.size() == results.size();
  if (!failures.empty()) {
    verdict.error = absl::StrCat(verdict.failed ? "All" : "Some",
                                 " providers failed: ", absl::StrJoin(failures, "; "));
  }
  return verdict;
}

}  // namespace jobmesh::scraper::site_data
