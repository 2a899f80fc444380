#pragma once

#include <string>
#include <string_view>

#include <absl/status/status.h>

#include "gateway/transcode/message_table.h"

namespace jobmesh::gateway::transcode {

struct PrintOptions {
  // Messages nested deeper than this are refused.
  int max_depth = 100;
};

// Appends the proto3 JSON of the message with bytes `wire` to `json`: members in the order of
// declaration; scalars without presence, lists and maps even when empty; 64-bit integers as
// strings, enums by name, bytes in standard base64; members of maps ordered by key, so that equal
// messages print alike. Unknown fields are left out; an Any of an
// unknown type becomes {"@type", "value": base64}. Time and memory are linear in the size of
// `wire`. Errors: INTERNAL when the bytes are not such a message; `json` is then as it was.
absl::Status WireToJson(const MessageTable& message, std::string_view wire,
                        const PrintOptions& options, std::string* json);

// The same of one field of the message alone (`response_body`): its value, a list or an object. An
// absent message is null, other absent fields are their default.
absl::Status WireFieldToJson(const MessageTable& message, const FieldTable& field,
                             std::string_view wire, const PrintOptions& options, std::string* json);

}  // namespace jobmesh::gateway::transcode
