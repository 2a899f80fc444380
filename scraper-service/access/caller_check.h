#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "runtime/auth/principal.h"
#include "runtime/auth/token_verifier.h"
#include "runtime/rpc/call_context.h"

namespace jobmesh::scraper {

// The bearer token of a call; the gateway makes one of the cookie `authorization` too. "" when
// there is none.
std::string_view BearerOf(const runtime::rpc::CallContext& call);

// Who calls the routes that a setting opens to everybody, which the `auth` of an rpc cannot say.
// Thread-safe.
class CallerCheck {
 public:
  // `keys` must outlive it. Not `enabled`: everybody may do everything.
  CallerCheck(runtime::auth::TokenVerifier& keys, bool enabled) : keys_(keys), enabled_(enabled) {}

  // The user who calls; nothing while everybody may call. UNAUTHENTICATED; UNAVAILABLE without
  // keys.
  absl::StatusOr<std::optional<runtime::auth::Principal>> Check(
      const runtime::rpc::CallContext& call) const;

 private:
  runtime::auth::TokenVerifier& keys_;
  const bool enabled_;
};

// OK when `caller` may change what belongs to `owner`: it is theirs, they are an administrator, or
// everybody may. PERMISSION_DENIED otherwise.
absl::Status CheckOwner(const std::optional<runtime::auth::Principal>& caller,
                        const std::string& owner);

// OK when `caller` is an administrator, or everybody may. PERMISSION_DENIED otherwise.
absl::Status CheckAdmin(const std::optional<runtime::auth::Principal>& caller);

}  // namespace jobmesh::scraper
