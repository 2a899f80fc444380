#include "scraper-service/refine/gazetteer.h"

#include <algorithm>
#include <utility>

#include "scraper_refine_places.h"

#include "scraper-service/refine/ascii.h"

namespace jobmesh::scraper::refine {
namespace {

bool IsCode(std::string_view name) {
  return name.size() <= 3 && !name.empty() && std::all_of(name.begin(), name.end(), IsUpper);
}

// Names fold case, codes do not.
std::string Key(std::string_view name) { return IsCode(name) ? std::string(name) : Lowered(name); }

}  // namespace

Gazetteer::Gazetteer(std::string_view tsv) {
  for (const std::string_view line : SplitBy(tsv, '\n')) {
    if (line.empty() || line[0] == '#') continue;
    const std::vector<std::string_view> columns = SplitBy(line, '\t');
    if (columns.size() < 3) continue;
    const std::string country(columns[1]);
    if (columns[0] == "country") {
      countries_.emplace(country, country);
      for (const std::string_view name : SplitBy(columns[2], '|'))
        countries_.emplace(Key(name), country);
    } else if (columns[0] == "region") {
      const std::vector<std::string_view> names = SplitBy(columns[2], '|');
      for (const std::string_view name : names)
        regions_[Key(name)].push_back({std::string(names[0]), country});
    } else if (columns[0] == "city" && columns.size() == 4) {
      for (const std::string_view entry : SplitBy(columns[3], '|')) {
        const std::vector<std::string_view> names = SplitBy(entry, '=');
        std::string_view name = names[0];
        const size_t space = name.rfind(' ');
        const bool lesser = space != name.npos && IsCode(name.substr(space + 1));
        if (lesser) name = name.substr(0, space);
        const City city{std::string(name), std::string(columns[2]), country, lesser};
        auto& primary = cities_[Key(name)];
        primary.insert(lesser ? primary.end() : primary.begin(), city);
        for (size_t i = 1; i < names.size(); ++i) cities_[Key(names[i])].push_back(city);
      }
    }
  }
}

const Gazetteer& Gazetteer::Default() {
  static const Gazetteer* const kDefault = new Gazetteer(ScraperRefinePlaces());
  return *kDefault;
}

std::string Gazetteer::Country(std::string_view name) const {
  const auto it = countries_.find(Key(name));
  return it == countries_.end() ? std::string() : it->second;
}

const std::vector<Gazetteer::Region>* Gazetteer::Regions(std::string_view name) const {
  const auto it = regions_.find(Key(name));
  return it == regions_.end() ? nullptr : &it->second;
}

const std::vector<Gazetteer::City>* Gazetteer::Cities(std::string_view name) const {
  const auto it = cities_.find(Key(name));
  return it == cities_.end() ? nullptr : &it->second;
}

}  // namespace jobmesh::scraper::refine
