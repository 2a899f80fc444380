#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace jobmesh::user {

// What people type to sign up and in. Texts are valid UTF-8 (proto3 strings are).

// The e-mail as it identifies an account: without blanks around it, in lower case.
std::string FoldEmail(std::string_view email);

// All: INVALID_ARGUMENT (INVALID_FIELD) with the field in the metadata.

// 1-200 characters without control characters.
absl::Status ValidateName(std::string_view name);
// "Invalid email" unless it looks like `local@domain.tld`: RFC 5321 lengths (64 and 254), dot-atom
// characters or UTF-8 (RFC 6531) before the @, labels of letters, digits and inner hyphens after
// it. Whether it exists is not asked.
absl::Status ValidateEmail(std::string_view email);
// "Password too short" below 8 characters; at most 1,024 bytes, so that hashing cannot be made
// slow.
absl::Status ValidatePassword(std::string_view password);

}  // namespace jobmesh::user
