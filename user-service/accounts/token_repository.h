#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "runtime/auth/principal.h"
#include "runtime/postgres/pool.h"

namespace jobmesh::user {

// Longest life of any access token, those of the `token` command included; a revocation is listed
// for longer.
inline constexpr absl::Duration kMaxAccessTokenLife = absl::Hours(1);

// One link of a family's chain of refresh tokens.
struct RefreshGrant {
  int user_id = 0;
  std::string role;
  std::string family;
  std::string refresh_token;  // opaque; only its hash is stored
};

// Token families and their refresh tokens. Thread-safe.
class TokenRepository {
 public:
  explicit TokenRepository(runtime::postgres::Pool& pool) : pool_(pool) {}

  // A new family with its first refresh token, in the caller's transaction.
  static absl::StatusOr<RefreshGrant> Open(runtime::postgres::Tx& tx, int user_id,
                                           const std::string& role, absl::Duration life);
  // The same in a transaction of its own.
  absl::StatusOr<RefreshGrant> Open(int user_id, const std::string& role, absl::Duration life);
  // Spends `refresh_token` for the next one. UNAUTHENTICATED (TOKEN_INVALID) when it is unknown,
  // expired, revoked or spent; the family of a spent one is revoked.
  absl::StatusOr<RefreshGrant> Exchange(const std::string& refresh_token, absl::Duration life);

  absl::Status Revoke(const std::string& family, int user_id);
  // Revokes the family of one of the user's own refresh tokens; does nothing for any other token.
  absl::Status RevokeByRefreshToken(const std::string& refresh_token, int user_id);

  // UNAUTHENTICATED (TOKEN_INVALID) when the family of the principal's token is revoked. Verifiers
  // learn of revocations within a second; here it holds from the very next call.
  absl::Status RequireLive(const runtime::auth::Principal& principal);
  // Families whose access tokens could still be unexpired.
  absl::StatusOr<std::vector<std::string>> ListRevokedFamilies();
  // Of `families`, those that are revoked.
  absl::StatusOr<std::vector<std::string>> RevokedAmong(const std::vector<std::string>& families);
  absl::Status DeleteExpired();

 private:
  runtime::postgres::Pool& pool_;
};

// The answer to a token whose family was revoked.
absl::Status RevokedToken();

}  // namespace jobmesh::user
