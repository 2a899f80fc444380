#include "scraper-service/access/caller_check.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "runtime/strings.h"

namespace jobmesh::scraper {

using runtime::ErrorReason;
using runtime::auth::Principal;

std::string_view BearerOf(const runtime::rpc::CallContext& call) {
  const std::string_view header = call.Header("authorization");
  constexpr std::string_view kScheme = "bearer ";
  return header.size() > kScheme.size() &&
                 absl::EqualsIgnoreCase(runtime::Av(header.substr(0, kScheme.size())),
                                        runtime::Av(kScheme))
             ? header.substr(kScheme.size())
             : std::string_view();
}

absl::StatusOr<std::optional<Principal>> CallerCheck::Check(
    const runtime::rpc::CallContext& call) const {
  if (!enabled_) {
    return std::nullopt;
  }
  const std::string_view token = BearerOf(call);
  if (token.empty()) {
    return runtime::Error(absl::StatusCode::kUnauthenticated, ErrorReason::TOKEN_INVALID,
                          "Not authenticated");
  }
  ASSIGN_OR_RETURN(Principal principal, keys_.Verify(token));
  return principal;
}

absl::Status CheckOwner(const std::optional<Principal>& caller, const std::string& owner) {
  if (!caller || caller->IsAdmin() || absl::StrCat(caller->user_id) == owner) {
    return absl::OkStatus();
  }
  return runtime::Error(absl::StatusCode::kPermissionDenied, ErrorReason::NOT_PERMITTED,
                        "This belongs to another user");
}

absl::Status CheckAdmin(const std::optional<Principal>& caller) {
  if (!caller || caller->IsAdmin()) {
    return absl::OkStatus();
  }
  return runtime::Error(absl::StatusCode::kPermissionDenied, ErrorReason::NOT_PERMITTED,
                        "This is for administrators");
}

}  // namespace jobmesh::scraper
