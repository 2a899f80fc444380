#pragma once

#include <string>
#include <string_view>

#include "gateway/transcode/message_table.h"
#include "gateway/transcode/wire.h"

namespace jobmesh::gateway::transcode {

// Where the text of a scalar stands, which decides what is accepted.
enum class TextSource {
  kJsonNumber,  // whole numbers may be written 1.0 and 1e2
  kJsonString,  // unknown numbers of enums are kept
  kUrl,         // unknown numbers of enums are refused
};

// Writes the value of `field`, not a message and without its tag, that `text` stands for. False
// when it stands for none; `problem` then says what was expected, and `out` may have got part of a
// value.
bool PutScalarText(const FieldTable& field, std::string_view text, TextSource source,
                   WireWriter* out, std::string* problem);

// Standard and URL-safe alphabets, with and without padding. False on anything else.
bool DecodeBase64(std::string_view text, std::string* bytes);

}  // namespace jobmesh::gateway::transcode
