#include "gateway/transcode/field_path.h"

#include <algorithm>

#include "gateway/transcode/suggestion.h"

namespace jobmesh::gateway::transcode {

std::string FieldPath::text() const {
  std::string joined;
  for (const FieldTable* field : fields) {
    if (!joined.empty()) joined += '.';
    joined += field->json_name;
  }
  return joined;
}

absl::StatusOr<FieldPath> ResolveFieldPath(const MessageTable& message, std::string_view text) {
  FieldPath path;
  const MessageTable* table = &message;
  while (true) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    const std::string_view name = text.substr(0, dot);
    if (!path.fields.empty()) {
      const FieldTable& parent = path.leaf();
      if (parent.repeated) return absl::InvalidArgumentError("is a list and not a message");
      if (!parent.is_message()) return absl::InvalidArgumentError("is not a message");
      table = parent.message;
    }
    const FieldTable* field = table->FindName(name);
    if (field == nullptr) {
      return absl::InvalidArgumentError("unknown field" + SuggestField(*table, name));
    }
    if (path.fields.size() == kMaxFieldPathParts) return absl::InvalidArgumentError("too deep");
    path.fields.push_back(field);
    if (dot == text.size()) return path;
    text.remove_prefix(dot + 1);
  }
}

bool IsBindable(const FieldTable& field) {
  if (field.kind == Kind::kGroup) return false;
  if (!field.is_message()) return true;
  switch (field.message->well_known()) {
    case WellKnown::kNone:
    case WellKnown::kHttpBody:
    case WellKnown::kAny:
      return false;
    default:
      return true;
  }
}

}  // namespace jobmesh::gateway::transcode
