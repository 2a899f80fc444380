#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace jobmesh::runtime::rpc {

// A message on the wire stands behind five bytes: not compressed, and its size
// (doc/PROTOCOL-HTTP2.md of gRPC, "Length-Prefixed-Message").
inline constexpr size_t kPrefixSize = 5;

// Copies what follows the first `sent` bytes of prefix and message, at most `room` bytes; answers
// how many.
inline size_t CopyFramed(std::string_view message, size_t sent, char* out, size_t room) {
  size_t written = 0;
  for (; sent < kPrefixSize && written < room; ++sent, ++written) {
    out[written] = sent == 0 ? '\0' : static_cast<char>(message.size() >> (8 * (4 - sent)));
  }
  if (sent >= kPrefixSize) {
    const std::string_view rest = message.substr(sent - kPrefixSize, room - written);
    std::copy_n(rest.data(), rest.size(), out + written);
    written += rest.size();
  }
  return written;
}

}  // namespace jobmesh::runtime::rpc
