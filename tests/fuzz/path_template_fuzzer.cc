// Templates of rules. One that is accepted leads a path made after it to its route.

#include <string>

#include "gateway/routes/path_template.h"
#include "gateway/routes/route_table.h"
#include "tests/fuzz/fuzz.h"

using namespace jobmesh;  // NOLINT(google-build-using-namespace)
using namespace gateway::routes;

namespace {

void AppendEscaped(const std::string& text, std::string* path) {
  constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    *path += '%';
    *path += kHex[byte >> 4];
    *path += kHex[byte & 15];
  }
}

}  // namespace

JOBMESH_FUZZ_TARGET(std::string_view input) {
  const auto parsed = ParsePathTemplate(input);
  if (!parsed.ok()) return;
  std::string path;
  for (const TemplateSegment& segment : parsed->segments) {
    path += '/';
    if (segment.kind == TemplateSegment::Kind::kLiteral) {
      AppendEscaped(segment.literal, &path);
    } else {
      path += 'x';
    }
  }
  if (path.empty()) path += '/';
  if (!parsed->verb.empty()) {
    path += ':';
    AppendEscaped(parsed->verb, &path);
  }
  Route route{.owner = "test", .rpc = "/test", .http_method = "GET", .path = *parsed};
  route.variables.resize(parsed->variables.size());
  RouteTable table;
  fuzz::Require(table.Add(std::move(route)).ok(), "an accepted template can be added");
  const RouteResult result = table.Match("GET", path);
  // A literal may be text that no request can send.
  if (std::holds_alternative<BadPath>(result)) return;
  const auto* match = std::get_if<RouteMatch>(&result);
  fuzz::Require(match != nullptr, "a template matches a path made after it");
  fuzz::Require(match->variables.size() == parsed->variables.size(), "every variable is bound");
}
