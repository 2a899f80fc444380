#pragma once

#include <string>
#include <string_view>

#include "gateway/transcode/message_table.h"

namespace jobmesh::gateway::transcode {

// `; did you mean "name"?` with the nearest name, or nothing where none is near.
std::string SuggestField(const MessageTable& message, std::string_view wrong);
std::string SuggestEnumValue(const EnumTable& table, std::string_view wrong);

// `text` in quotes, cut to 64 bytes, for messages of errors.
std::string QuoteShortly(std::string_view text);

}  // namespace jobmesh::gateway::transcode
