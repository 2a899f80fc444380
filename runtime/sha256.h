#pragma once

#include <string>
#include <string_view>

namespace jobmesh::runtime {

// SHA-256 (FIPS 180-4) of `bytes`: 32 raw bytes, and the same as 64 lower-case hexadecimal digits.
std::string Sha256(std::string_view bytes);
std::string Sha256Hex(std::string_view bytes);

}  // namespace jobmesh::runtime
