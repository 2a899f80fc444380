#include "user-service/accounts/sign_in.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "runtime/telemetry/log.h"
#include "user-service/accounts/credentials.h"
#include "user-service/text/text.h"

namespace jobmesh::user {

absl::StatusOr<SignedIn> SignIn::SignUp(const std::string& email, const std::string& name,
                                        const std::string& password) {
  ASSIGN_OR_RETURN(std::string hash, hasher_.Hash(password));
  NewAccount account{std::string(Trim(email)), std::string(Trim(name)), std::move(hash)};
  ASSIGN_OR_RETURN(RefreshGrant grant, accounts_.Create(account, lives_.refresh));
  return Issue(std::move(grant));
}

absl::StatusOr<SignedIn> SignIn::Login(const std::string& email, const std::string& password,
                                       const std::string& address) {
  const std::string key = FoldEmail(email);
  RETURN_IF_ERROR(accounts_.CheckThrottle(key, address, limits_));
  ASSIGN_OR_RETURN(std::optional<Account> account, accounts_.FindByEmail(key));
  if (!hasher_.Verify(account ? account->password_hash : "", password)) {
    RETURN_IF_ERROR(accounts_.NoteFailure(key, address));
    return runtime::Error(absl::StatusCode::kUnauthenticated,
                          runtime::ErrorReason::CREDENTIALS_WRONG, "Invalid email or password");
  }
  RETURN_IF_ERROR(accounts_.ForgetFailures(key));
  Rehash(*account, password);
  ASSIGN_OR_RETURN(RefreshGrant grant,
                   tokens_.Open(account->user_id, account->role, lives_.refresh));
  return Issue(std::move(grant));
}

absl::StatusOr<SignedIn> SignIn::Refresh(const std::string& refresh_token) {
  ASSIGN_OR_RETURN(RefreshGrant grant, tokens_.Exchange(refresh_token, lives_.refresh));
  return Issue(std::move(grant));
}

absl::Status SignIn::LogOut(const runtime::auth::Principal& principal,
                            const std::string& refresh_token) {
  const int user_id = static_cast<int>(principal.user_id);
  RETURN_IF_ERROR(tokens_.Revoke(principal.family, user_id));
  return refresh_token.empty() ? absl::OkStatus()
                               : tokens_.RevokeByRefreshToken(refresh_token, user_id);
}

absl::StatusOr<SignedIn> SignIn::Issue(RefreshGrant grant) {
  ASSIGN_OR_RETURN(std::string access_token,
                   issuer_.AccessToken({grant.user_id, grant.role, grant.family}, lives_.access));
  return SignedIn{grant.user_id, std::move(access_token), std::move(grant.refresh_token),
                  static_cast<int>(absl::ToInt64Seconds(lives_.access))};
}

// Brings a hash of older settings up to today's, while the password is at hand. The log-in does not
// depend on it.
void SignIn::Rehash(const Account& account, const std::string& password) {
  if (!hasher_.NeedsRehash(account.password_hash)) {
    return;
  }
  absl::StatusOr<std::string> hash = hasher_.Hash(password);
  const absl::Status status =
      hash.ok() ? accounts_.ReplacePasswordHash(account, *hash) : hash.status();
  if (!status.ok()) {
    runtime::telemetry::LogWarn("password_rehash_failed",
                                {{"error", std::string(status.message())}});
  }
}

}  // namespace jobmesh::user
