#include "scraper-service/site_data/site.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "nlohmann/json.hpp"

#include "scraper-service/fetch/url.h"
#include "scraper-service/site_data/transformer.h"

namespace jobmesh::scraper::site_data {
namespace {

using Json = nlohmann::json;

constexpr size_t kLongestName = 64;
// Stands among the providers in a job's statistics.
constexpr char kStored[] = "stored";

constexpr std::array kStrategies = {
    std::pair(DateStrategy::kToday, std::string_view("today")),
    std::pair(DateStrategy::kYesterday, std::string_view("yesterday")),
    std::pair(DateStrategy::kCustom, std::string_view("custom"))};

bool IsName(const std::string& name) {
  return !name.empty() && name.size() <= kLongestName && std::ranges::all_of(name, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
  });
}

// Reads one entry and writes down everything that is wrong with it.
class EntryReader {
 public:
  EntryReader(const Json& entry, size_t index, const std::map<std::string, std::string>& variables,
              std::vector<std::string>& problems)
      : entry_(entry),
        label_(absl::StrCat("sites[", index, "]")),
        variables_(variables),
        problems_(problems) {}

  Site Read() {
    Site site;
    if (!entry_.is_object()) {
      problems_.push_back(absl::StrCat(label_, ": expected an object"));
      return site;
    }
    site.id = Text("site_id");
    if (IsName(site.id)) {
      label_ = absl::StrCat("site \"", site.id, "\"");
    } else {
      Problem("site_id", "expected 1 to 64 letters, digits, '-', '_' and '.'");
    }
    ReadDate(site);
    if (const Json* enabled = Find("enabled"); enabled != nullptr) {
      if (enabled->is_boolean()) {
        site.enabled = enabled->get<bool>();
      } else {
        Problem("enabled", "expected true or false");
      }
    }
    ReadProviders(site);
    site.description = Text("description");
    for (const auto& [field, value] : entry_.items()) {
      if (!known_.contains(field)) {
        Problem(field, "unknown field");
      }
    }
    return site;
  }

 private:
  void Problem(const std::string& field, const std::string& why) {
    problems_.push_back(absl::StrCat(label_, ": ", field, ": ", why));
  }

  const Json* Find(const std::string& field) {
    known_.insert(field);
    const auto found = entry_.find(field);
    return found == entry_.end() ? nullptr : &*found;
  }

  // "" where it is absent.
  std::string Text(const std::string& field) {
    const Json* value = Find(field);
    if (value == nullptr) {
      return "";
    }
    if (!value->is_string()) {
      Problem(field, "expected a text");
      return "";
    }
    return value->get<std::string>();
  }

  void ReadDate(Site& site) {
    const std::string strategy = Text("date_strategy");
    const auto known =
        std::ranges::find(kStrategies, strategy, [](const auto& pair) { return pair.second; });
    if (known != kStrategies.end()) {
      site.date_strategy = known->first;
    } else if (!strategy.empty()) {
      Problem("date_strategy", "expected today, yesterday or custom");
    }
    const std::string date = Text("custom_date");
    if (site.date_strategy == DateStrategy::kCustom) {
      site.custom_date = ParseDay(date);
      if (!site.custom_date) {
        Problem("custom_date", "expected YYYY-MM-DD, because date_strategy is custom");
      }
    } else if (!date.empty() && !ParseDay(date)) {
      Problem("custom_date", "expected YYYY-MM-DD");
    }
  }

  void ReadProviders(Site& site) {
    const Json* providers = Find("providers");
    const Json* transformer = Find("transformer");
    if (providers == nullptr || !providers->is_object()) {
      Problem("providers", "expected an object of names and addresses");
      return;
    }
    for (const auto& [name, url] : providers->items()) {
      const std::string field = absl::StrCat("providers.", name);
      if (!IsName(name) || name == kStored) {
        Problem(field, "expected 1 to 64 letters, digits, '-', '_' and '.', and not \"stored\"");
      } else if (!url.is_string()) {
        Problem(field, "expected an address");
      } else {
        site.providers.push_back({.name = name,
                                  .url = Address(field, url.get<std::string>()),
                                  .transformer = TransformerOf(transformer, name)});
      }
    }
  }

  std::string Address(const std::string& field, std::string url) {
    for (const auto& [name, value] : variables_) {
      url = absl::StrReplaceAll(url, {{absl::StrCat("${", name, "}"), value}});
    }
    if (url.find("${") != std::string::npos) {
      Problem(field, "unknown variable");
    } else if (const auto parsed = fetch::ParseUrl(url); !parsed.ok()) {
      Problem(field, std::string(parsed.status().message()));
    }
    return url;
  }

  std::string TransformerOf(const Json* transformer, const std::string& provider) {
    const Json* named = transformer;
    if (transformer != nullptr && transformer->is_object()) {
      const auto own = transformer->find(provider);
      named = own == transformer->end() ? nullptr : &*own;
    }
    if (named == nullptr) {
      return std::string(kDefaultTransformer);
    }
    if (!named->is_string() || FindTransformer(named->get<std::string>()) == nullptr) {
      Problem("transformer", absl::StrCat("expected ", absl::StrJoin(TransformerNames(), " or "),
                                          " for ", provider));
      return std::string(kDefaultTransformer);
    }
    return named->get<std::string>();
  }

  const Json& entry_;
  std::string label_;
  const std::map<std::string, std::string>& variables_;
  std::vector<std::string>& problems_;
  std::set<std::string> known_;
};

}  // namespace

std::string_view StrategyName(DateStrategy strategy) {
  return std::ranges::find(kStrategies, strategy, [](const auto& pair) { return pair.first; })
      ->second;
}

absl::CivilDay Site::DateAt(absl::Time now) const {
  const absl::CivilDay today = absl::ToCivilDay(now, absl::UTCTimeZone());
  switch (date_strategy) {
    case DateStrategy::kYesterday:
      return today - 1;
    case DateStrategy::kCustom:
      return custom_date.value_or(today);
    default:
      return today;
  }
}

std::optional<absl::CivilDay> ParseDay(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00";
  if (text.size() != kForm.size()) {
    return std::nullopt;
  }
  int digits[8];
  int count = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (kForm[i] == '-' ? text[i] != '-' : text[i] < '0' || text[i] > '9') {
      return std::nullopt;
    }
    if (kForm[i] != '-') {
      digits[count++] = text[i] - '0';
    }
  }
  const int year = digits[0] * 1000 + digits[1] * 100 + digits[2] * 10 + digits[3];
  const int month = digits[4] * 10 + digits[5];
  const int day = digits[6] * 10 + digits[7];
  const absl::CivilDay civil(year, month, day);  // brought into range where it is out of it
  if (year < 1 || civil.year() != year || civil.month() != month || civil.day() != day) {
    return std::nullopt;
  }
  return civil;
}

std::string DayText(absl::CivilDay day) {
  return absl::StrFormat("%04d-%02d-%02d", day.year(), day.month(), day.day());
}

absl::StatusOr<std::vector<Site>> ParseSites(std::string_view text,
                                             const std::map<std::string, std::string>& variables) {
  const Json entries = Json::parse(text, nullptr, /*allow_exceptions=*/false,
                                   /*ignore_comments=*/true);
  if (!entries.is_array()) {
    return absl::InvalidArgumentError("expected a JSON array of sites");
  }
  std::vector<std::string> problems;
  std::vector<Site> sites;
  std::set<std::string> ids;
  for (const Json& entry : entries) {
    sites.push_back(EntryReader(entry, sites.size(), variables, problems).Read());
    if (!ids.insert(sites.back().id).second) {
      problems.push_back(absl::StrCat("site \"", sites.back().id, "\": stands there twice"));
    }
  }
  if (!problems.empty()) {
    return absl::InvalidArgumentError(absl::StrJoin(problems, "\n"));
  }
  return sites;
}

const Site* FindSite(const std::vector<Site>& sites, std::string_view id) {
  const auto found =
      std::ranges::find(sites, id, [](const Site& site) -> std::string_view { return site.id; });
  return found == sites.end() ? nullptr : &*found;
}

}  // namespace jobmesh::scraper::site_data
