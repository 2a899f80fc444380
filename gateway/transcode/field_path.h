#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "gateway/transcode/message_table.h"

namespace jobmesh::gateway::transcode {

// A field inside a message: `author.name`. All but the last are messages that are not repeated.
struct FieldPath {
  std::vector<const FieldTable*> fields;

  const FieldTable& leaf() const { return *fields.back(); }
  // Of names as they are in JSON.
  std::string text() const;
};

// Parts of a path, at most.
inline constexpr std::size_t kMaxFieldPathParts = 64;

// Finds `text` in `message`, by names of the .proto or of JSON. Errors: INVALID_ARGUMENT, in words
// to be put behind the path: `unknown field; did you mean …`, `is a list …`, `is not a message`.
absl::StatusOr<FieldPath> ResolveFieldPath(const MessageTable& message, std::string_view text);

// Whether a piece of text in a path or a query can stand for a value of the field: scalars, enums
// and those well-known messages whose JSON form is no object of their fields.
bool IsBindable(const FieldTable& field);

}  // namespace jobmesh::gateway::transcode
