#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "user-service/accounts/key_store.h"

namespace jobmesh::user {

// Whom an access token speaks for.
struct TokenSubject {
  int user_id = 0;
  std::string role;    // USER, ADMIN, DATA_ADMIN, RESEARCHER
  std::string family;  // UUID
};

// Makes signed tokens (JWT, RS256). Thread-safe.
class TokenIssuer {
 public:
  explicit TokenIssuer(KeyStore& keys) : keys_(keys) {}

  // Claims: iss, sub (the user id as a string), role, fam, jti, iat, exp, aud; for ADMIN,
  // DATA_ADMIN and RESEARCHER also what the import of datasets asks for: audience `datastore`,
  // `accreditation/role`, `user/uuid`.
  absl::StatusOr<std::string> AccessToken(const TokenSubject& subject, absl::Duration life);
  // Names a person: `user/uuid`, `user/firstName`, `user/lastName`. Gives no rights.
  absl::StatusOr<std::string> UserInfoToken(int user_id, const std::string& first_name,
                                            const std::string& last_name, absl::Duration life);

 private:
  KeyStore& keys_;
};

}  // namespace jobmesh::user
