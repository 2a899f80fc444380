#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

namespace jobmesh::gateway::routes {

// One part between slashes of a path template.
struct TemplateSegment {
  enum class Kind {
    kLiteral,
    kAny,   // `*`: one segment
    kDeep,  // `**`: any number of segments, also none
  };
  Kind kind = Kind::kLiteral;
  std::string literal;  // percent-decoded
};

// A variable and the segments that are its value.
struct TemplateVariable {
  std::string field_path;
  std::size_t first = 0;
  std::size_t count = 0;
  // Its value may hold slashes: several segments, or `**`.
  bool multi_segment = false;
};

// The parsed form of a template of google.api.http: `/v1/{name=shelves/*}/books:search`.
struct PathTemplate {
  std::string text;
  std::vector<TemplateSegment> segments;  // none for `/`
  std::vector<TemplateVariable> variables;
  std::string verb;  // without the colon; empty without one
};

// Equal for templates that match the same paths as specifically: names of variables aside.
std::string ShapeOf(const PathTemplate& path);

// Grammar of google/api/http.proto, with `**` allowed in the middle when only literals follow.
// Errors: INVALID_ARGUMENT that says what is wrong.
absl::StatusOr<PathTemplate> ParsePathTemplate(std::string_view text);

}  // namespace jobmesh::gateway::routes
