#pragma once

#include <string_view>

#include "absl/strings/string_view.h"

namespace jobmesh::runtime {

// Debian builds Abseil with a string_view of its own, to which std::string_view does not convert.
inline absl::string_view Av(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view Sv(absl::string_view text) { return {text.data(), text.size()}; }

}  // namespace jobmesh::runtime
