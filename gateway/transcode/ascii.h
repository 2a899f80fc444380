#pragma once

namespace jobmesh::gateway::transcode {

// Whatever the locale.
constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace jobmesh::gateway::transcode
