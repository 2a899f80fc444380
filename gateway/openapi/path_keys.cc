#include "gateway/openapi/path_keys.h"

#include <algorithm>
#include <string_view>

namespace jobmesh::gateway::openapi {
namespace {

using routes::PathTemplate;
using routes::TemplateSegment;
using routes::TemplateVariable;

// Percent-encodes what may not stand in a path as it is (RFC 3986 pchar), `*` and `:` of literals
// too, which mean something in templates.
std::string Encoded(std::string_view literal) {
  constexpr std::string_view kPlain = "-._~!$&'()+,;=@";
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : literal) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       kPlain.find(c) != std::string_view::npos;
    if (plain) {
      text += c;
    } else {
      text += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return text;
}

bool IsWildcard(const TemplateSegment& segment) {
  return segment.kind != TemplateSegment::Kind::kLiteral;
}

std::vector<PathPlaceholder> PlaceholdersOf(const routes::Route& route) {
  const PathTemplate& path = route.path;
  std::vector<PathPlaceholder> placeholders;
  int unnamed = 0;
  for (std::size_t i = 0; i < path.segments.size(); ++i) {
    if (!IsWildcard(path.segments[i])) continue;
    PathPlaceholder placeholder;
    placeholder.deep = path.segments[i].kind == TemplateSegment::Kind::kDeep;
    const auto variable = std::find_if(
        path.variables.begin(), path.variables.end(),
        [i](const TemplateVariable& v) { return v.first <= i && i < v.first + v.count; });
    if (variable == path.variables.end()) {
      placeholder.name = "segment-" + std::to_string(++unnamed);
    } else {
      placeholder.variable = static_cast<int>(variable - path.variables.begin());
      placeholder.whole = variable->count == 1;
      placeholder.name = route.variables[static_cast<std::size_t>(placeholder.variable)].text();
      const auto first = path.segments.begin() + static_cast<std::ptrdiff_t>(variable->first);
      const auto end = first + static_cast<std::ptrdiff_t>(variable->count);
      if (std::count_if(first, end, IsWildcard) > 1) {
        const auto here = path.segments.begin() + static_cast<std::ptrdiff_t>(i);
        placeholder.name += "-" + std::to_string(std::count_if(first, here, IsWildcard) + 1);
      }
    }
    placeholders.push_back(std::move(placeholder));
  }
  return placeholders;
}

// The path with `names` in the place of wildcards; without names, what paths are compared by.
std::string PathOf(const PathTemplate& path, const std::vector<std::string>* names) {
  std::string text;
  std::size_t next = 0;
  for (const TemplateSegment& segment : path.segments) {
    text += '/';
    text += IsWildcard(segment) ? '{' + (names == nullptr ? "" : (*names)[next++]) + '}'
                                : Encoded(segment.literal);
  }
  if (text.empty()) text = "/";
  if (!path.verb.empty()) text += ':' + Encoded(path.verb);
  return text;
}

}  // namespace

PathKey PathKeys::KeyOf(const routes::Route& route) {
  PathKey key{.path = "", .placeholders = PlaceholdersOf(route)};
  std::vector<std::string> names;
  for (const PathPlaceholder& placeholder : key.placeholders) names.push_back(placeholder.name);
  names = names_.emplace(PathOf(route.path, nullptr), names).first->second;
  for (std::size_t i = 0; i < names.size(); ++i) key.placeholders[i].name = names[i];
  key.path = PathOf(route.path, &names);
  return key;
}

}  // namespace jobmesh::gateway::openapi
