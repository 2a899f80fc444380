#pragma once

namespace jobmesh::runtime {

// Of all binaries of the project; MAJOR.MINOR.PATCH.
inline constexpr char kVersion[] = "0.1.0";

}  // namespace jobmesh::runtime
