#include "scraper-service/sources/role_list.h"

#include <algorithm>
#include <optional>

#include "scraper-service/fetch/text.h"
#include "scraper-service/sources/markup.h"

namespace jobmesh::scraper::sources {
namespace {

constexpr std::size_t kMostRoles = 20;
constexpr std::size_t kLongestRole = 80;
constexpr std::size_t kLongestLine = 2'000;

// What a role's name ends with.
constexpr std::string_view kRoles[] = {
    "engineer",   "engineers",  "developer",     "developers", "designer",   "designers",
    "manager",    "managers",   "scientist",     "scientists", "analyst",    "analysts",
    "architect",  "architects", "lead",          "director",   "researcher", "researchers",
    "programmer", "consultant", "administrator", "specialist", "writer",     "recruiter",
    "marketer",   "advocate",   "intern",        "devops",     "sre",        "cto",
    "executive",  "associate",
};
// Words within a name that are not capitalised.
constexpr std::string_view kLinks[] = {"of", "and", "in", "for"};
constexpr std::string_view kBullets[] = {
    "-", "*", "+", "\xE2\x80\xA2", "\xE2\x80\x93", "\xE2\x80\x94", "\xC2\xB7", "\xE2\x97\xA6", ">"};

// A line of the comment and what divides it from the next.
struct Line {
  std::string_view html;
  std::string_view divider;
};

std::vector<Line> Lines(std::string_view html) {
  std::vector<Line> lines;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < html.size();) {
    const std::size_t width = html.substr(i, 3) == "<p>" ? 3 : html[i] == '\n' ? 1 : 0;
    if (width == 0) {
      ++i;
      continue;
    }
    lines.push_back({html.substr(begin, i - begin), html.substr(i, width)});
    i += width;
    begin = i;
  }
  lines.push_back({html.substr(begin), ""});
  return lines;
}

// Takes a bullet or a number off. True when there was one.
bool TakeBullet(std::string_view& text) {
  for (const std::string_view bullet : kBullets) {
    if (text.starts_with(bullet)) {
      text = fetch::TrimSpace(text.substr(bullet.size()));
      return true;
    }
  }
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  if (digits == 0 || digits > 2 || digits == text.size()) return false;
  if (text[digits] != '.' && text[digits] != ')') return false;
  text = fetch::TrimSpace(text.substr(digits + 1));
  return true;
}

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

template <typename Words>
bool Holds(const Words& words, std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

// The bytes that name a role at the beginning of `text`: capitalised words, the last of which is
// one of kRoles. 0 when there is none.
std::size_t RoleLength(std::string_view text) {
  std::size_t role_end = 0;
  for (std::size_t i = 0; i < text.size() && i < kLongestRole;) {
    if (text[i] == ' ' || text[i] == '/' || text[i] == '&') {
      ++i;
      continue;
    }
    if (text[i] == '(' || text[i] == ':' || text[i] == '|' || text[i] == '-') break;
    std::size_t end = i;
    while (end < text.size() && text[end] != ' ' && text[end] != '/' && text[end] != '(' &&
           text[end] != ',' && text[end] != ':' && text[end] != '|') {
      ++end;
    }
    const std::string word = fetch::AsciiLower(text.substr(i, end - i));
    const bool small = text[i] >= 'a' && text[i] <= 'z';
    if (Holds(kRoles, word)) {
      role_end = end;
    } else if (small && i > 0 && text[i - 1] != '/' && !Holds(kLinks, word)) {
      break;
    }
    if (role_end == 0 && end < text.size() && (text[end] == ',' || text[end] == ':')) return 0;
    if (role_end != 0 && end < text.size() && text[end] != ' ' && text[end] != '/') break;
    i = std::max(end, i + 1);
  }
  return role_end;
}

// What stands up to the link, without dividers at its ends.
std::string UpToLink(std::string_view rest) {
  rest = rest.substr(0, rest.find("http"));
  const auto is_divider = [](char c) {
    return c == ' ' || c == '-' || c == ':' || c == '|' || c == ',';
  };
  while (!rest.empty() && is_divider(rest.front())) rest.remove_prefix(1);
  while (!rest.empty() && is_divider(rest.back())) rest.remove_suffix(1);
  return std::string(rest);
}

bool NamesMoney(std::string_view text) {
  const bool has_digit =
      std::any_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return has_digit && (text.find('$') != text.npos || text.find("\xE2\x82\xAC") != text.npos ||
                       text.find("\xC2\xA3") != text.npos || text.find("USD") != text.npos ||
                       text.find("EUR") != text.npos || text.find("GBP") != text.npos);
}

std::optional<ListedRole> RoleOf(const Line& line) {
  if (line.html.empty() || line.html.size() > kLongestLine) return std::nullopt;
  const Document document = Document::ParseHtml(line.html);
  const std::string text = TextOf(document.root());
  std::string_view left = text;
  const bool bullet = TakeBullet(left);
  ListedRole role;
  role.url = Attribute(document.First("//a[@href]"), "href");
  if (!role.url.starts_with("http")) role.url.clear();
  if (left.empty() || !IsLetter(left.front()) || (!bullet && role.url.empty())) return std::nullopt;
  const std::size_t length = RoleLength(left);
  if (length == 0) return std::nullopt;
  const std::string_view rest = left.substr(length);
  const std::string behind = UpToLink(rest);
  // Without a bullet the line is the role and its link, nothing else.
  if (!bullet && behind.size() > kLongestRole / 2) return std::nullopt;
  // A sentence goes on with a small letter: "Engineers who …".
  const std::string_view next = fetch::TrimSpace(rest);
  if (!next.empty() && next.front() >= 'a' && next.front() <= 'z' && !next.starts_with("http")) {
    return std::nullopt;
  }
  role.title = left.substr(0, length);
  // ", Backend" and the like belong to the name.
  if (rest.starts_with(", ")) {
    const auto end = std::min(rest.find_first_of("(|:", 2), rest.find(" - ", 2));
    const std::string field = UpToLink(rest.substr(0, end));
    if (field.size() <= kLongestRole / 2 && !NamesMoney(field)) role.title += ", " + field;
  }
  if (NamesMoney(behind)) role.pay = behind;
  return role;
}

}  // namespace

std::vector<ListedRole> FindRoles(std::string_view html) {
  const std::vector<Line> lines = Lines(html);
  std::vector<ListedRole> roles;
  std::vector<std::size_t> places;
  // The first line is the comment's header.
  for (std::size_t i = 1; i < lines.size(); ++i) {
    auto role = RoleOf(lines[i]);
    if (!role) continue;
    if (roles.size() == kMostRoles) return {};
    roles.push_back(*std::move(role));
    places.push_back(i);
  }
  if (roles.size() < 2) return {};
  for (std::size_t k = 0; k < roles.size(); ++k) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (i != places[k] && std::binary_search(places.begin(), places.end(), i)) continue;
      roles[k].html.append(lines[i].html).append(lines[i].divider);
    }
  }
  return roles;
}

}  // namespace jobmesh::scraper::sources
