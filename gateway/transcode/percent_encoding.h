#pragma once

#include <string>
#include <string_view>

namespace jobmesh::gateway::transcode {

// What becomes of the escapes of a part of a URI (RFC 3986 §2).
enum class PercentDecoding {
  kAll,           // a single segment of a path: everything is decoded
  kKeepReserved,  // several segments: escapes of reserved characters stay (RFC 6570 §3.2.3), so
                  // that %2F is still no slash
  kKeepSlash,     // several segments: only %2F stays
  kForm,          // a query: everything, and `+` is a space (HTML forms)
};

// Appends `text` decoded. False when an escape is not `%` and two hexadecimal digits.
bool PercentDecode(std::string_view text, PercentDecoding decoding, std::string* decoded);

}  // namespace jobmesh::gateway::transcode
