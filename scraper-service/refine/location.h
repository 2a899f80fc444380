#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scraper-service/refine/fact.h"
#include "scraper-service/refine/phrase_matcher.h"
#include "scraper-service/refine/scanned_text.h"

namespace jobmesh::scraper::refine {

// A place; each part empty when it is unknown.
struct Place {
  std::string city;
  std::string region;
  std::string country;  // ISO 3166-1 alpha-2

  bool empty() const { return city.empty() && region.empty() && country.empty(); }
  bool operator==(const Place&) const = default;
};

// Reads a source's location: "San Francisco, CA 94103", "Remote - US", "CA - San Francisco; WA -
// Seattle", "Cluj-Napoca, CJ, Romania", … Of several places the first counts. Work-mode words,
// "N/A" and their kin are no places, and a name that neither the table knows nor a known region or
// country follows is not taken for one.
Place ParseLocation(std::string_view text);

// Finds the place in a description: the first line's segments ("Acme | Lyon, France | ONSITE") and
// labelled lines
// ("Location: Chisinau"). The range is within `text`.
std::optional<Fact<Place>> FindLocation(const ScannedText& text);

// ISO 3166-1 alpha-2 of a country's name or code; empty when unknown.
std::string CountryCode(std::string_view name);

// The phrases by which FindLocation goes: of the text's starts it needs only theirs (StartFilter).
std::vector<const PhraseMatcher*> LocationPhrases();

}  // namespace jobmesh::scraper::refine
