#include "scraper-service/refine/location.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "scraper-service/refine/ascii.h"
#include "scraper-service/refine/gazetteer.h"
#include "scraper-service/refine/phrase_matcher.h"

namespace jobmesh::scraper::refine {
namespace {

// Words of location fields that name no place.
constexpr std::array<std::string_view, 46> kNoPlace = {"remote",
                                                       "remotely",
                                                       "hybrid",
                                                       "onsite",
                                                       "on-site",
                                                       "on site",
                                                       "in-office",
                                                       "in office",
                                                       "office",
                                                       "distributed",
                                                       "n/a",
                                                       "na",
                                                       "none",
                                                       "location",
                                                       "locations",
                                                       "flexible",
                                                       "anywhere",
                                                       "worldwide",
                                                       "global",
                                                       "globally",
                                                       "wfh",
                                                       "work from home",
                                                       "home",
                                                       "home based",
                                                       "home office",
                                                       "telecommute",
                                                       "virtual",
                                                       "various",
                                                       "multiple locations",
                                                       "multiple",
                                                       "remote-friendly",
                                                       "remote friendly",
                                                       "in-person",
                                                       "in person",
                                                       "tbd",
                                                       "unspecified",
                                                       "any",
                                                       "field",
                                                       "hq",
                                                       "headquarters",
                                                       "or",
                                                       "and",
                                                       "the",
                                                       "only",
                                                       "fully",
                                                       "first"};

bool IsNoPlace(std::string_view piece) {
  const std::string lower = Lowered(piece);
  return std::find(kNoPlace.begin(), kNoPlace.end(), lower) != kNoPlace.end();
}

// Leaves a piece as a bare name: without postcodes, "Greater … Area", "… HQ", work-mode words in
// front or behind.
std::string_view Bare(std::string_view piece) {
  piece = Trimmed(piece);
  for (bool changed = true; changed && !piece.empty();) {
    changed = false;
    while (!piece.empty() && (IsSpace(piece.front()) || piece.front() == '-' ||
                              piece.front() == ':' || piece.front() == '*'))
      piece.remove_prefix(1), changed = true;
    while (!piece.empty() && (IsSpace(piece.back()) || piece.back() == '-' || piece.back() == ':' ||
                              piece.back() == '*'))
      piece.remove_suffix(1), changed = true;
    if (!piece.empty() && piece.back() == '.' && piece.size() > 5)
      piece.remove_suffix(1), changed = true;
    // A postcode at the end: "CA 94103".
    const size_t space = piece.rfind(' ');
    if (space != piece.npos &&
        std::all_of(piece.begin() + static_cast<std::ptrdiff_t>(space) + 1, piece.end(),
                    [](char c) { return IsDigit(c) || c == '-'; })) {
      piece = Trimmed(piece.substr(0, space));
      changed = true;
    }
    static constexpr std::string_view kPrefixes[] = {
        "greater ", "remote ",    "hybrid ",       "remote-",   "onsite ", "on-site ",
        "office ",  "downtown ",  "in ",           "based in ", "within ", "from ",
        "either ",  "hybrid in ", "fully remote ", "metro "};
    for (const std::string_view prefix : kPrefixes) {
      if (piece.size() > prefix.size() && EqualsFolded(piece.substr(0, prefix.size()), prefix)) {
        piece.remove_prefix(prefix.size());
        changed = true;
      }
    }
    static constexpr std::string_view kSuffixes[] = {
        " area",       " bay area",     " metropolitan area",
        " metro area", " metro",        " hq",
        " office",     " remote",       " hybrid",
        " only",       " (remote)",     " based",
        "-based",      " headquarters", " city centre"};
    for (const std::string_view suffix : kSuffixes) {
      if (piece.size() > suffix.size() &&
          EqualsFolded(piece.substr(piece.size() - suffix.size()), suffix)) {
        piece.remove_suffix(suffix.size());
        changed = true;
      }
    }
  }
  return piece;
}

// A name that could be a town: letters, a capital first, no more than four words.
bool LooksLikeName(std::string_view piece) {
  if (piece.size() < 3 || piece.size() > 40) return false;
  const char first = piece.front();
  if (!IsUpper(first) && static_cast<unsigned char>(first) < 0x80) return false;
  return std::count(piece.begin(), piece.end(), ' ') <= 3 &&
         std::all_of(piece.begin(), piece.end(), [](char c) {
           return IsAlpha(c) || c == ' ' || c == '-' || c == '\'' || c == '.' ||
                  static_cast<unsigned char>(c) >= 0x80;
         });
}

// Splits one place into its pieces: at commas, brackets, " - " and slashes, "US-CA-Menlo Park" too.
std::vector<std::string_view> Pieces(std::string_view place) {
  std::vector<std::string_view> pieces;
  size_t begin = 0;
  const auto push = [&](size_t end) {
    const std::string_view piece = Bare(place.substr(begin, end - begin));
    if (!piece.empty() && !IsNoPlace(piece)) pieces.push_back(piece);
  };
  for (size_t i = 0; i < place.size(); ++i) {
    const char c = place[i];
    const bool spaced_dash =
        c == '-' && i > 0 && place[i - 1] == ' ' && i + 1 < place.size() && place[i + 1] == ' ';
    const bool code_dash = c == '-' && i >= 2 && IsUpper(place[i - 1]) && IsUpper(place[i - 2]) &&
                           (i == 2 || !IsAlpha(place[i - 3]));
    if (c != ',' && c != '(' && c != ')' && c != '/' && c != ':' && c != '[' && c != ']' &&
        !spaced_dash && !code_dash)
      continue;
    push(i);
    begin = i + 1;
  }
  push(place.size());
  return pieces;
}

// What the pieces say, each read as a city, a region and a country at once; the reading with the
// most agreement wins.
class Reading {
 public:
  explicit Reading(const std::vector<std::string_view>& pieces)
      : pieces_(pieces), used_(pieces.size(), false) {}

  // `lenient`: a name in front of a known region or country is taken for a city.
  Place Run(bool lenient) {
    FindCity();
    FindRegion();
    FindCountry();
    if (place_.city.empty() && lenient) GuessCity();
    return place_;
  }

 private:
  const Gazetteer& table() const { return Gazetteer::Default(); }

  bool Mentions(const Gazetteer::City& city, size_t except) const {
    for (size_t i = 0; i < pieces_.size(); ++i) {
      if (i == except) continue;
      if (const auto* regions = table().Regions(pieces_[i])) {
        for (const auto& region : *regions) {
          if (region.country == city.country && (region.name == city.region || city.region.empty()))
            return true;
        }
      }
      if (!city.lesser && table().Country(pieces_[i]) == city.country) return true;
    }
    return false;
  }

  void FindCity() {
    for (size_t i = 0; i < pieces_.size(); ++i) {
      const auto* cities = table().Cities(pieces_[i]);
      if (cities == nullptr) continue;
      const Gazetteer::City* best = nullptr;
      for (const auto& city : *cities) {
        if (Mentions(city, i)) {
          best = &city;
          break;
        }
      }
      // Alone, the greatest of the name; beside another region it is somewhere else.
      if (best == nullptr && !cities->front().lesser && !NamesElsewhere(cities->front(), i))
        best = &cities->front();
      if (best == nullptr) continue;
      place_ = {best->name, best->region, best->country};
      used_[i] = true;
      city_at_ = i;
      return;
    }
  }

  bool NamesElsewhere(const Gazetteer::City& city, size_t at) const {
    for (size_t i = at + 1; i < pieces_.size(); ++i) {
      // Within Great Britain counties and nations overlap.
      if (const auto* regions = table().Regions(pieces_[i])) {
        const bool same_country = std::any_of(regions->begin(), regions->end(), [&](const auto& r) {
          return r.country == city.country;
        });
        if (!same_country || city.country == "US") return true;
      }
      const std::string country = table().Country(pieces_[i]);
      if (!country.empty() && country != city.country) return true;
    }
    return false;
  }

  void FindRegion() {
    for (size_t i = 0; i < pieces_.size(); ++i) {
      if (used_[i]) continue;
      const auto* regions = table().Regions(pieces_[i]);
      if (regions == nullptr) continue;
      const Gazetteer::Region* best = nullptr;
      for (const auto& region : *regions) {
        const bool fits =
            place_.country.empty() ? FitsOtherCountry(region, i) : region.country == place_.country;
        if (fits) {
          best = &region;
          break;
        }
      }
      if (best == nullptr) continue;
      used_[i] = true;
      region_at_ = i;
      // A city's own region stays: "Newcastle, Tyne and Wear" is in England.
      if (place_.region.empty() || place_.country == "GB") place_.region = best->name;
      place_.country = best->country;
      return;
    }
  }

  // Whether no other piece names a country that the region is not in: "Toronto, ON, CA".
  bool FitsOtherCountry(const Gazetteer::Region& region, size_t at) const {
    for (size_t i = 0; i < pieces_.size(); ++i) {
      if (i == at) continue;
      const std::string country = table().Country(pieces_[i]);
      if (!country.empty() && country != region.country && table().Regions(pieces_[i]) == nullptr)
        return false;
    }
    return true;
  }

  void FindCountry() {
    if (!place_.country.empty()) return;
    for (size_t i = 0; i < pieces_.size(); ++i) {
      if (used_[i]) continue;
      const std::string country = table().Country(pieces_[i]);
      if (country.empty()) continue;
      place_.country = country;
      used_[i] = true;
      region_at_ = i;
      return;
    }
  }

  void GuessCity() {
    if (place_.country.empty() || region_at_ == kNowhere || region_at_ == 0) return;
    const std::string_view piece = pieces_[region_at_ - 1];
    if (used_[region_at_ - 1] || !LooksLikeName(piece) || !table().Country(piece).empty()) return;
    place_.city = std::string(piece);
  }

  static constexpr size_t kNowhere = static_cast<size_t>(-1);

  const std::vector<std::string_view>& pieces_;
  std::vector<bool> used_;
  Place place_;
  size_t city_at_ = kNowhere;
  size_t region_at_ = kNowhere;
};

// "Washington, DC": the comma belongs to the name; the table has it as one.
Place ReadOne(std::string_view place, bool lenient) {
  const std::vector<std::string_view> pieces = Pieces(place);
  if (pieces.empty() || pieces.size() > 8) return {};
  return Reading(pieces).Run(lenient);
}

// Cuts "A; B", "A | B", "A • B", "A or B", "A & B" and lines.
std::vector<std::string_view> Alternatives(std::string_view text) {
  std::vector<std::string_view> parts;
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    size_t length = 0;
    if (text[i] == ';' || text[i] == '|' || text[i] == '\n' || text[i] == '+' || text[i] == '*')
      length = 1;
    if (text[i] == ' ') {
      static constexpr std::string_view kJoints[] = {" or ", " and ", " & ", " OR ", " via "};
      for (const std::string_view joint : kJoints) {
        if (text.substr(i, joint.size()) == joint) length = joint.size();
      }
    }
    if (length == 0) continue;
    parts.push_back(text.substr(begin, i - begin));
    begin = i + length;
    i = begin - 1;
  }
  parts.push_back(text.substr(std::min(begin, text.size())));
  return parts;
}

Place FirstPlace(std::string_view text, bool lenient) {
  Place coarse;
  for (const std::string_view part : Alternatives(text)) {
    Place place = ReadOne(part, lenient);
    if (!place.city.empty()) {
      // "San Francisco or Remote (US)": a country found before says where.
      return place;
    }
    if (coarse.empty()) coarse = std::move(place);
  }
  return coarse;
}

const PhraseMatcher& LabelMatcher() {
  static const PhraseMatcher* const kLabels = new PhraseMatcher(
      {{"location:", 0}, {"locations:", 0}, {"loca\xC8\x9Bie:", 0}, {"standort:", 0}});
  return *kLabels;
}

}  // namespace

std::string CountryCode(std::string_view name) {
  const std::string_view trimmed = Trimmed(name);
  std::string code = Gazetteer::Default().Country(trimmed);
  if (code.empty() && trimmed.size() == 2) {
    std::string upper(trimmed);
    for (char& c : upper) c = IsLower(c) ? static_cast<char>(c - 32) : c;
    code = Gazetteer::Default().Country(upper);
  }
  return code;
}

Place ParseLocation(std::string_view text) {
  constexpr size_t kLongest = 400;
  return FirstPlace(text.substr(0, kLongest), true);
}

std::vector<const PhraseMatcher*> LocationPhrases() { return {&LabelMatcher()}; }

std::optional<Fact<Place>> FindLocation(const ScannedText& scanned) {
  const std::string_view text = scanned.text();
  const auto fact = [](Place place, size_t begin, size_t end) {
    return Fact<Place>{std::move(place), {Origin::kText, {begin, end}}};
  };
  const size_t header_end = std::min<size_t>(text.find('\n'), 300);
  const std::string_view header = text.substr(0, header_end);
  if (header.find('|') != header.npos) {
    for (size_t begin = 0; begin <= header.size();) {
      size_t end = header.find('|', begin);
      if (end == header.npos) end = header.size();
      const std::string_view segment = header.substr(begin, end - begin);
      if (segment.size() <= 90) {
        Place place = FirstPlace(segment, segment.find(',') != segment.npos);
        if (!place.empty()) return fact(std::move(place), begin, end);
      }
      begin = end + 1;
    }
  }
  std::optional<Fact<Place>> found;
  LabelMatcher().ForEach(scanned, [&](uint32_t, size_t, size_t end) {
    if (found) return;
    const size_t stop = std::min(std::min(text.find('\n', end), text.size()), end + 90);
    Place place = FirstPlace(text.substr(end, stop - end), true);
    if (!place.empty()) found = fact(std::move(place), end, stop);
  });
  return found;
}

}  // namespace jobmesh::scraper::refine
