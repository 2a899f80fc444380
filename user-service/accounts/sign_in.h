#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "user-service/accounts/account_repository.h"
#include "user-service/accounts/password_hasher.h"
#include "user-service/accounts/token_issuer.h"
#include "user-service/accounts/token_repository.h"

namespace jobmesh::user {

struct TokenLives {
  absl::Duration access = absl::Minutes(15);
  absl::Duration refresh = absl::Hours(30 * 24);
};

// What a successful sign-in hands out.
struct SignedIn {
  int user_id = 0;
  std::string access_token;
  std::string refresh_token;
  int expires_in_seconds = 0;
};

// Signing up, in, on and out: what the rpcs of AccountService do once their input is checked.
// Thread-safe.
class SignIn {
 public:
  SignIn(AccountRepository& accounts, TokenRepository& tokens, TokenIssuer& issuer,
         PasswordHasher& hasher, LoginLimits limits, TokenLives lives)
      : accounts_(accounts),
        tokens_(tokens),
        issuer_(issuer),
        hasher_(hasher),
        limits_(limits),
        lives_(lives) {}

  // ALREADY_EXISTS (USER_EXISTS).
  absl::StatusOr<SignedIn> SignUp(const std::string& email, const std::string& name,
                                  const std::string& password);
  // UNAUTHENTICATED (CREDENTIALS_WRONG), RESOURCE_EXHAUSTED (LOGIN_THROTTLED). `address`: of the
  // client.
  absl::StatusOr<SignedIn> Login(const std::string& email, const std::string& password,
                                 const std::string& address);
  // UNAUTHENTICATED (TOKEN_INVALID).
  absl::StatusOr<SignedIn> Refresh(const std::string& refresh_token);
  absl::Status LogOut(const runtime::auth::Principal& principal, const std::string& refresh_token);

 private:
  absl::StatusOr<SignedIn> Issue(RefreshGrant grant);
  void Rehash(const Account& account, const std::string& password);

  AccountRepository& accounts_;
  TokenRepository& tokens_;
  TokenIssuer& issuer_;
  PasswordHasher& hasher_;
  const LoginLimits limits_;
  const TokenLives lives_;
};

}  // namespace jobmesh::user
