#include "scraper-service/refine/entities.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "scraper-service/refine/ascii.h"

namespace jobmesh::scraper::refine {
namespace {

struct NamedEntity {
  std::string_view name;
  char32_t codepoint;
};

// Sorted by name.
constexpr NamedEntity kNamedEntities[] = {
    {"AMP", '&'},      {"Aacute", 0xC1},  {"Agrave", 0xC0},   {"Auml", 0xC4},    {"Ccedil", 0xC7},
    {"Eacute", 0xC9},  {"Egrave", 0xC8},  {"GT", '>'},        {"LT", '<'},       {"Oacute", 0xD3},
    {"Ouml", 0xD6},    {"QUOT", '"'},     {"Uuml", 0xDC},     {"aacute", 0xE1},  {"acirc", 0xE2},
    {"aelig", 0xE6},   {"agrave", 0xE0},  {"amp", '&'},       {"apos", '\''},    {"aring", 0xE5},
    {"atilde", 0xE3},  {"auml", 0xE4},    {"bdquo", 0x201E},  {"bull", 0x2022},  {"ccedil", 0xE7},
    {"cent", 0xA2},    {"copy", 0xA9},    {"deg", 0xB0},      {"eacute", 0xE9},  {"ecirc", 0xEA},
    {"egrave", 0xE8},  {"emsp", 0x2003},  {"ensp", 0x2002},   {"euml", 0xEB},    {"euro", 0x20AC},
    {"frac12", 0xBD},  {"frac14", 0xBC},  {"ge", 0x2265},     {"gt", '>'},       {"hellip", 0x2026},
    {"iacute", 0xED},  {"icirc", 0xEE},   {"iexcl", 0xA1},    {"igrave", 0xEC},  {"iquest", 0xBF},
    {"iuml", 0xEF},    {"laquo", 0xAB},   {"ldquo", 0x201C},  {"le", 0x2264},    {"lrm", 0x200E},
    {"lsquo", 0x2018}, {"lt", '<'},       {"mdash", 0x2014},  {"middot", 0xB7},  {"minus", 0x2212},
    {"nbsp", 0xA0},    {"ndash", 0x2013}, {"ntilde", 0xF1},   {"oacute", 0xF3},  {"ocirc", 0xF4},
    {"oelig", 0x153},  {"ograve", 0xF2},  {"ordf", 0xAA},     {"ordm", 0xBA},    {"oslash", 0xF8},
    {"otilde", 0xF5},  {"ouml", 0xF6},    {"para", 0xB6},     {"plus", '+'},     {"plusmn", 0xB1},
    {"pound", 0xA3},   {"quot", '"'},     {"raquo", 0xBB},    {"rarr", 0x2192},  {"rdquo", 0x201D},
    {"reg", 0xAE},     {"rlm", 0x200F},   {"rsaquo", 0x203A}, {"rsquo", 0x2019}, {"sbquo", 0x201A},
    {"sect", 0xA7},    {"shy", 0xAD},     {"sup2", 0xB2},     {"szlig", 0xDF},   {"thinsp", 0x2009},
    {"times", 0xD7},   {"trade", 0x2122}, {"uacute", 0xFA},   {"ucirc", 0xFB},   {"ugrave", 0xF9},
    {"uuml", 0xFC},    {"yen", 0xA5},     {"zwj", 0x200D},    {"zwnj", 0x200C},
};

constexpr size_t kLongestName = 6;

Entity ReadNumeric(std::string_view text) {
  size_t i = 2;
  const bool hex = i < text.size() && (text[i] == 'x' || text[i] == 'X');
  if (hex) ++i;
  const size_t first = i;
  char32_t value = 0;
  for (; i < text.size() && i < first + 8; ++i) {
    const char c = text[i];
    int digit;
    if (c >= '0' && c <= '9') {
      digit = c - '0';
    } else if (hex && ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')) {
      digit = (c | 0x20) - 'a' + 10;
    } else {
      break;
    }
    value = value * (hex ? 16 : 10) + static_cast<char32_t>(digit);
  }
  if (i == first) return {};
  if (i < text.size() && text[i] == ';') ++i;
  // What no character stands for becomes U+FFFD, as browsers do.
  if (value == 0 || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) value = 0xFFFD;
  return {value, i};
}

}  // namespace

Entity ReadEntity(std::string_view text) {
  if (text.size() < 3 || text[0] != '&') return {};
  if (text[1] == '#') return ReadNumeric(text);
  size_t end = 1;
  while (end < text.size() && end <= kLongestName + 1 && IsAlnum(text[end])) ++end;
  const std::string_view name = text.substr(1, end - 1);
  const bool closed = end < text.size() && text[end] == ';';
  const auto* it =
      std::lower_bound(std::begin(kNamedEntities), std::end(kNamedEntities), name,
                       [](const NamedEntity& a, std::string_view b) { return a.name < b; });
  if (it == std::end(kNamedEntities) || it->name != name) return {};
  if (closed) return {it->codepoint, end + 1};
  constexpr std::array<std::string_view, 6> kOpenAllowed = {"amp",  "lt",   "gt",
                                                            "quot", "apos", "nbsp"};
  const bool open_allowed =
      std::find(kOpenAllowed.begin(), kOpenAllowed.end(), name) != kOpenAllowed.end();
  return open_allowed ? Entity{it->codepoint, end} : Entity{};
}

}  // namespace jobmesh::scraper::refine
