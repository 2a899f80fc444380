#pragma once

#include <string>
#include <string_view>

#include <absl/status/status.h>

#include "gateway/transcode/message_table.h"

namespace jobmesh::gateway::transcode {

// What becomes of a JSON member that the message has no field for.
enum class UnknownFields { kRefuse, kIgnore };

struct ParseOptions {
  // Objects and lists inside one another, at most.
  int max_depth = 64;
  UnknownFields unknown_fields = UnknownFields::kRefuse;
};

// Appends to `wire` the bytes of the message that `json` (RFC 8259, UTF-8) stands for by the proto3
// JSON mapping. Accepted beyond it: one scalar where a list of scalars is expected, null inside
// lists (skipped) and as a value of a map (the default), an object for a wrapper or a FieldMask.
// Refused although the mapping allows it: a member given twice. Time and memory are linear in the
// size of `json`. Errors: INVALID_ARGUMENT with a FieldError of location `body`; `wire` is then as
// it was.
absl::Status JsonToWire(const MessageTable& message, std::string_view json,
                        const ParseOptions& options, std::string* wire);

// The same where `json` is the value of one field of the message: appends that field with its tag.
absl::Status JsonFieldToWire(const FieldTable& field, std::string_view json,
                             const ParseOptions& options, std::string* wire);

}  // namespace jobmesh::gateway::transcode
