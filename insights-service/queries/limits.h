#pragma once

#include <algorithm>
#include <string>

#include "absl/status/status.h"

#include "runtime/errors.h"

namespace jobmesh::insights {

inline constexpr int kMaxKeywordCharacters = 200;
// Fewer salaries than this tell more about single employers than about the market.
inline constexpr int kMinSalariedJobs = 5;

// OK for text that may be searched for; INVALID_ARGUMENT (INVALID_FIELD) otherwise.
inline absl::Status ValidateText(const char* field, const std::string& text) {
  const auto characters = std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  if (characters > kMaxKeywordCharacters) {
    return runtime::InvalidField(field, "at most 200 characters");
  }
  if (text.find('\0') != std::string::npos) {  // PostgreSQL has no such character
    return runtime::InvalidField(field, "must not contain U+0000");
  }
  return absl::OkStatus();
}

}  // namespace jobmesh::insights
