#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/transcode/message_table.h"

namespace jobmesh::gateway::transcode {

// Paths, by names of the .proto, of the fields that `json` gives values: what a PATCH without a
// mask means to change. Descends into messages, not into lists, maps and well-known types. `json`
// must have passed JsonToWire.
std::vector<std::string> UpdateMaskOf(const MessageTable& message, std::string_view json);

}  // namespace jobmesh::gateway::transcode
