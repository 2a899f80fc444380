#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "gateway/transcode/well_known_text.h"
#include "gateway/transcode/wire.h"

namespace jobmesh::gateway::transcode {

// The content of a google.protobuf.Timestamp or Duration.
inline void PutSecondsAndNanos(const SecondsAndNanos& value, WireWriter* out) {
  if (value.seconds != 0) {
    out->Tag(MakeTag(1, WireType::kVarint));
    out->Varint(static_cast<std::uint64_t>(value.seconds));
  }
  if (value.nanos != 0) {
    out->Tag(MakeTag(2, WireType::kVarint));
    out->Varint(static_cast<std::uint64_t>(static_cast<std::int64_t>(value.nanos)));
  }
}

// The content of a google.protobuf.FieldMask from its JSON form, `a,bC.d`.
inline void PutFieldMask(std::string_view text, WireWriter* out) {
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (comma > 0) {
      out->Tag(MakeTag(1, WireType::kLength));
      out->LengthDelimited(SnakeCasePath(text.substr(0, comma)));
    }
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
}

}  // namespace jobmesh::gateway::transcode
