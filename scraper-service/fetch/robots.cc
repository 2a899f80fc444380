#include "scraper-service/fetch/robots.h"

#include <algorithm>
#include <charconv>

#include "scraper-service/fetch/text.h"

namespace jobmesh::scraper::fetch {
namespace {

constexpr std::size_t kMaxRobotsBytes = 500 * 1024;  // RFC 9309 §2.5

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// One spelling for paths and patterns (RFC 9309 §2.2.2): unreserved characters plain, everything
// outside ASCII and every other escape in upper-case percent form.
std::string NormalPath(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string normal;
  normal.reserve(text.size());
  const auto append_escaped = [&](unsigned char byte) {
    normal += '%';
    normal += kHex[byte >> 4];
    normal += kHex[byte & 15];
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (text[i] == '%' && i + 2 < text.size() && HexValue(text[i + 1]) >= 0 &&
        HexValue(text[i + 2]) >= 0) {
      const auto value =
          static_cast<unsigned char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2]));
      const bool unreserved = (value >= 'a' && value <= 'z') || (value >= 'A' && value <= 'Z') ||
                              (value >= '0' && value <= '9') || value == '-' || value == '.' ||
                              value == '_' || value == '~';
      if (unreserved) {
        normal += static_cast<char>(value);
      } else {
        append_escaped(value);
      }
      i += 2;
    } else if (byte >= 0x80) {
      append_escaped(byte);
    } else {
      normal += text[i];
    }
  }
  return normal;
}

// `*` matches any run of characters, `$` at the end of the pattern the end of the path. Greedy with
// one point of return, so at worst |pattern| × |path| steps.
bool Matches(std::string_view pattern, std::string_view path) {
  const bool anchored = !pattern.empty() && pattern.back() == '$';
  if (anchored) {
    pattern.remove_suffix(1);
  }
  std::size_t p = 0;
  std::size_t s = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_s = 0;
  while (true) {
    if (p == pattern.size() && (!anchored || s == path.size())) {
      return true;
    }
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_s = s;
    } else if (p < pattern.size() && s < path.size() && pattern[p] == path[s]) {
      ++p;
      ++s;
    } else if (star != std::string_view::npos && star_s < path.size()) {
      p = star + 1;
      s = ++star_s;
    } else {
      return false;
    }
  }
}

std::optional<std::chrono::milliseconds> ParseDelay(std::string_view value) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error != std::errc{} || end == value.data() || !(seconds >= 0) || seconds > 1e6) {
    return std::nullopt;
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

}  // namespace

RobotsRules RobotsRules::Parse(std::string_view text, std::string_view product) {
  text = text.substr(0, kMaxRobotsBytes);
  if (text.substr(0, 3) == "\xef\xbb\xbf") {
    text.remove_prefix(3);
  }
  RobotsRules own;
  RobotsRules general;
  bool own_found = false;
  bool in_own = false;
  bool in_general = false;
  bool last_was_agent = false;
  std::vector<std::string> sitemaps;
  while (!text.empty()) {
    const auto newline = text.find_first_of("\r\n");
    auto line = text.substr(0, newline);
    text = newline == std::string_view::npos ? std::string_view{} : text.substr(newline + 1);
    line = TrimSpace(line.substr(0, line.find('#')));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) {
      continue;
    }
    const auto key = TrimSpace(line.substr(0, colon));
    const auto value = TrimSpace(line.substr(colon + 1));
    if (EqualsIgnoreCase(key, "sitemap")) {
      sitemaps.emplace_back(value);
      continue;
    }
    if (EqualsIgnoreCase(key, "user-agent")) {
      if (!last_was_agent) {
        in_own = in_general = false;
      }
      last_was_agent = true;
      // Some sites write a version behind the name ("JobMesh/1.0").
      const auto name = TrimSpace(value.substr(0, value.find('/')));
      if (name == "*") {
        in_general = true;
      } else if (EqualsIgnoreCase(name, product)) {
        in_own = own_found = true;
      }
      continue;
    }
    const bool allow = EqualsIgnoreCase(key, "allow");
    if (allow || EqualsIgnoreCase(key, "disallow")) {
      last_was_agent = false;
      if (value.empty()) {
        continue;  // "Disallow:" with nothing forbids nothing
      }
      const Rule rule{NormalPath(value), allow};
      if (in_own) own.rules_.push_back(rule);
      if (in_general) general.rules_.push_back(rule);
    } else if (EqualsIgnoreCase(key, "crawl-delay")) {
      last_was_agent = false;
      if (const auto delay = ParseDelay(value)) {
        if (in_own) own.crawl_delay_ = delay;
        if (in_general) general.crawl_delay_ = delay;
      }
    }
  }
  RobotsRules& chosen = own_found ? own : general;
  chosen.sitemaps_ = std::move(sitemaps);
  return std::move(chosen);
}

RobotsRules RobotsRules::DisallowForNow() {
  RobotsRules rules;
  rules.temporary_ = true;
  rules.rules_.push_back({"/", false});
  return rules;
}

bool RobotsRules::Allows(std::string_view target) const {
  if (target.substr(0, target.find('?')) == "/robots.txt") {
    return true;
  }
  const std::string path = NormalPath(target);
  std::optional<std::size_t> longest;
  bool allowed = true;
  for (const auto& rule : rules_) {
    if (longest &&
        (rule.pattern.size() < *longest || (rule.pattern.size() == *longest && !rule.allow))) {
      continue;
    }
    if (Matches(rule.pattern, path)) {
      longest = rule.pattern.size();
      allowed = rule.allow;
    }
  }
  return allowed;
}

}  // namespace jobmesh::scraper::fetch
