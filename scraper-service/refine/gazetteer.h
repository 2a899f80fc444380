#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace jobmesh::scraper::refine {

// The places of places.tsv. Immutable, for many threads.
class Gazetteer {
 public:
  struct Region {
    std::string name;
    std::string country;
  };
  struct City {
    std::string name;
    std::string region;  // may be empty
    std::string country;
    // Counts only next to its region: a greater namesake exists.
    bool lesser = false;
  };

  static const Gazetteer& Default();

  // Country of a name or code, empty when unknown. Codes are known in capitals only: "in" and "it"
  // are words.
  std::string Country(std::string_view name) const;
  // Regions of that name or code; several share "CA" or "Victoria".
  const std::vector<Region>* Regions(std::string_view name) const;
  // Cities of that name, the greatest first.
  const std::vector<City>* Cities(std::string_view name) const;

 private:
  explicit Gazetteer(std::string_view tsv);

  std::unordered_map<std::string, std::string> countries_;
  std::unordered_map<std::string, std::vector<Region>> regions_;
  std::unordered_map<std::string, std::vector<City>> cities_;
};

}  // namespace jobmesh::scraper::refine
