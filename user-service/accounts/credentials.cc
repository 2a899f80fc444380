#include "user-service/accounts/credentials.h"

#include <algorithm>

#include "absl/strings/ascii.h"

#include "runtime/errors.h"
#include "user-service/text/text.h"

namespace jobmesh::user {
namespace {

constexpr size_t kMinPasswordCharacters = 8;
constexpr size_t kMaxPasswordBytes = 1024;
constexpr size_t kMaxNameCharacters = 200;
constexpr size_t kMaxEmailBytes = 254;
constexpr size_t kMaxLocalBytes = 64;
constexpr size_t kMaxLabelBytes = 63;

absl::Status Invalid(std::string_view field, std::string_view message) {
  return runtime::Error(absl::StatusCode::kInvalidArgument, runtime::ErrorReason::INVALID_FIELD,
                        message, {{"field", std::string(field)}});
}

bool IsLocalPart(std::string_view local) {
  if (local.empty() || local.size() > kMaxLocalBytes || local.front() == '.' ||
      local.back() == '.' || local.find("..") != std::string_view::npos) {
    return false;
  }
  constexpr std::string_view kAtomMarks = ".!#$%&'*+-/=?^_`{|}~";
  return std::all_of(local.begin(), local.end(), [&](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || (c & 0x80) != 0 ||
           kAtomMarks.find(c) != std::string_view::npos;
  });
}

bool IsLabel(std::string_view label) {
  if (label.empty() || label.size() > kMaxLabelBytes || label.front() == '-' ||
      label.back() == '-') {
    return false;
  }
  return std::all_of(label.begin(), label.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || (c & 0x80) != 0 || c == '-';
  });
}

bool IsDomain(std::string_view domain) {
  size_t labels = 0;
  std::string_view last;
  while (true) {
    const size_t dot = domain.find('.');
    last = domain.substr(0, dot);
    if (!IsLabel(last)) {
      return false;
    }
    ++labels;
    if (dot == std::string_view::npos) {
      break;
    }
    domain.remove_prefix(dot + 1);
  }
  const bool numeric = std::all_of(last.begin(), last.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
  return labels >= 2 && last.size() >= 2 && !numeric;
}

}  // namespace

std::string FoldEmail(std::string_view email) { return FoldCase(Trim(email)); }

absl::Status ValidateName(std::string_view name) {
  const std::string_view trimmed = Trim(name);
  if (trimmed.empty()) {
    return runtime::InvalidField("name", "is required");
  }
  if (CodePoints(trimmed) > kMaxNameCharacters) {
    return runtime::InvalidField("name", "is longer than 200 characters");
  }
  if (std::any_of(trimmed.begin(), trimmed.end(), [](char c) { return IsBlank(c) && c != ' '; })) {
    return runtime::InvalidField("name", "holds control characters");
  }
  return absl::OkStatus();
}

absl::Status ValidateEmail(std::string_view email) {
  const std::string_view trimmed = Trim(email);
  if (trimmed.empty()) {
    return runtime::InvalidField("email", "is required");
  }
  const size_t at = trimmed.rfind('@');
  if (trimmed.size() > kMaxEmailBytes || at == std::string_view::npos ||
      !IsLocalPart(trimmed.substr(0, at)) || !IsDomain(trimmed.substr(at + 1))) {
    return Invalid("email", "Invalid email");
  }
  return absl::OkStatus();
}

absl::Status ValidatePassword(std::string_view password) {
  if (password.empty()) {
    return runtime::InvalidField("password", "is required");
  }
  if (CodePoints(password) < kMinPasswordCharacters) {
    return Invalid("password", "Password too short");
  }
  if (password.size() > kMaxPasswordBytes) {
    return runtime::InvalidField("password", "is longer than 1024 bytes");
  }
  return absl::OkStatus();
}

}  // namespace jobmesh::user
