// The target of a request in the first line, templates in the others. The result must not depend on
// the order of the templates, and values of variables must be text.

#include <string>
#include <vector>

#include "gateway/routes/path_template.h"
#include "gateway/routes/route_table.h"
#include "gateway/transcode/utf8.h"
#include "tests/fuzz/fuzz.h"

using namespace jobmesh;  // NOLINT(google-build-using-namespace)
using namespace gateway::routes;

namespace {

constexpr std::size_t kMaxTemplates = 12;

// Shapes that are there besides those of the input.
constexpr const char* kTemplates[] = {"/",
                                      "/v1/jobs",
                                      "/v1/jobs/{id}",
                                      "/v1/jobs/{id}:close",
                                      "/v1/{name=shelves/*}/books/{book}",
                                      "/v1/{rest=**}",
                                      "/v1/{rest=**}/tail/end",
                                      "/**:verb"};

bool Add(const PathTemplate& path, RouteTable* table) {
  Route route{.owner = "test", .rpc = "/test", .http_method = "GET", .path = path};
  route.variables.resize(path.variables.size());
  return table->Add(std::move(route)).ok();
}

std::string Describe(const RouteResult& result) {
  const auto* match = std::get_if<RouteMatch>(&result);
  if (match == nullptr) return std::to_string(result.index());
  std::string text = match->route->path.text;
  for (const PathVariable& variable : match->variables) {
    fuzz::Require(gateway::transcode::IsUtf8(variable.value), "a value is UTF-8");
    fuzz::Require(variable.value.find('\0') == std::string::npos, "a value holds no NUL");
    text += ' ' + variable.value;
  }
  return text;
}

}  // namespace

JOBMESH_FUZZ_TARGET(std::string_view input) {
  const std::string target(fuzz::TakeUntil('\n', &input));
  std::vector<PathTemplate> templates;
  for (const char* text : kTemplates) templates.push_back(*ParsePathTemplate(text));
  RouteTable table;
  for (const PathTemplate& path : templates) Add(path, &table);
  while (!input.empty() && templates.size() < kMaxTemplates + std::size(kTemplates)) {
    const auto parsed = ParsePathTemplate(fuzz::TakeUntil('\n', &input));
    if (parsed.ok() && Add(*parsed, &table)) templates.push_back(*parsed);
  }
  RouteTable reversed;
  for (auto at = templates.rbegin(); at != templates.rend(); ++at) Add(*at, &reversed);
  fuzz::Require(Describe(table.Match("GET", target)) == Describe(reversed.Match("GET", target)),
                "the order of registration does not matter");
  fuzz::Require(!std::holds_alternative<RouteMatch>(table.Match("POST", target)),
                "another method is never served");
}
