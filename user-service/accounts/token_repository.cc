#include "user-service/accounts/token_repository.h"

#include <optional>

#include "user_sql.h"
#include <sodium.h>

#include "runtime/errors.h"
#include "runtime/status_macros.h"

namespace jobmesh::user {
namespace {

using runtime::ErrorReason;
using runtime::postgres::Bytes;
using runtime::postgres::Tx;

constexpr size_t kRefreshTokenBytes = 32;

std::string NewRefreshToken() {
  unsigned char random[kRefreshTokenBytes];
  randombytes_buf(random, sizeof random);
  char text[sodium_base64_ENCODED_LEN(sizeof random, sodium_base64_VARIANT_URLSAFE_NO_PADDING)];
  sodium_bin2base64(text, sizeof text, random, sizeof random,
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  return text;
}

// The token is random, so an unsalted fast hash is enough.
std::string HashOf(const std::string& token) {
  std::string hash(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(hash.data()),
                     reinterpret_cast<const unsigned char*>(token.data()), token.size());
  return hash;
}

absl::StatusOr<std::string> StoreRefreshToken(Tx& tx, const std::string& family,
                                              absl::Duration life) {
  std::string token = NewRefreshToken();
  const std::string hash = HashOf(token);
  RETURN_IF_ERROR(
      tx.Execute(sql::kCreateRefreshToken, Bytes{hash}, family, absl::ToDoubleSeconds(life))
          .status());
  return token;
}

std::vector<std::string> Families(const pqxx::result& rows) {
  std::vector<std::string> families;
  for (const auto& row : rows) {
    families.emplace_back(row["family_id"].c_str());
  }
  return families;
}

}  // namespace

absl::StatusOr<RefreshGrant> TokenRepository::Open(Tx& tx, int user_id, const std::string& role,
                                                   absl::Duration life) {
  ASSIGN_OR_RETURN(pqxx::result rows,
                   tx.Execute(sql::kCreateTokenFamily, user_id, absl::ToDoubleSeconds(life)));
  RefreshGrant grant{user_id, role, rows[0]["family_id"].c_str(), ""};
  ASSIGN_OR_RETURN(grant.refresh_token, StoreRefreshToken(tx, grant.family, life));
  return grant;
}

absl::StatusOr<RefreshGrant> TokenRepository::Open(int user_id, const std::string& role,
                                                   absl::Duration life) {
  return pool_.InTransaction([&](Tx& tx) { return Open(tx, user_id, role, life); });
}

absl::StatusOr<RefreshGrant> TokenRepository::Exchange(const std::string& refresh_token,
                                                       absl::Duration life) {
  const std::string hash = HashOf(refresh_token);
  // A refusal is a result and not an error, because the revocation it may come with must be
  // committed.
  auto exchanged = pool_.InTransaction([&](Tx& tx) -> absl::StatusOr<std::optional<RefreshGrant>> {
    ASSIGN_OR_RETURN(pqxx::result rows, tx.Execute(sql::kFindRefreshToken, Bytes{hash}));
    if (rows.empty()) {
      return std::nullopt;
    }
    const pqxx::row row = rows[0];
    RefreshGrant grant{row["user_id"].as<int>(), row["role"].c_str(), row["family_id"].c_str(), ""};
    if (row["spent"].as<bool>()) {
      RETURN_IF_ERROR(tx.Execute(sql::kRevokeTokenFamily, grant.family, grant.user_id).status());
      return std::nullopt;
    }
    if (row["revoked"].as<bool>() || row["expired"].as<bool>()) {
      return std::nullopt;
    }
    RETURN_IF_ERROR(tx.Execute(sql::kSpendRefreshToken, Bytes{hash}).status());
    RETURN_IF_ERROR(
        tx.Execute(sql::kExtendTokenFamily, grant.family, absl::ToDoubleSeconds(life)).status());
    ASSIGN_OR_RETURN(grant.refresh_token, StoreRefreshToken(tx, grant.family, life));
    return grant;
  });
  RETURN_IF_ERROR(exchanged.status());
  if (!exchanged->has_value()) {
    return runtime::Error(absl::StatusCode::kUnauthenticated, ErrorReason::TOKEN_INVALID,
                          "Invalid refresh token");
  }
  return **std::move(exchanged);
}

absl::Status TokenRepository::Revoke(const std::string& family, int user_id) {
  return pool_.Execute(sql::kRevokeTokenFamily, family, user_id).status();
}

absl::Status TokenRepository::RevokeByRefreshToken(const std::string& refresh_token, int user_id) {
  const std::string hash = HashOf(refresh_token);
  return pool_.Execute(sql::kRevokeTokenFamilyOfRefreshToken, Bytes{hash}, user_id).status();
}

absl::Status TokenRepository::RequireLive(const runtime::auth::Principal& principal) {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kIsTokenFamilyRevoked, principal.family));
  return rows[0]["revoked"].as<bool>() ? RevokedToken() : absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> TokenRepository::ListRevokedFamilies() {
  ASSIGN_OR_RETURN(pqxx::result rows,
                   pool_.Execute(sql::kListRevokedFamilies,
                                 absl::ToDoubleSeconds(kMaxAccessTokenLife + absl::Minutes(5))));
  return Families(rows);
}

absl::StatusOr<std::vector<std::string>> TokenRepository::RevokedAmong(
    const std::vector<std::string>& families) {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kListRevokedAmong, families));
  return Families(rows);
}

absl::Status TokenRepository::DeleteExpired() {
  return pool_.Execute(sql::kDeleteExpiredTokenFamilies).status();
}

absl::Status RevokedToken() {
  return runtime::Error(absl::StatusCode::kUnauthenticated, ErrorReason::TOKEN_INVALID,
                        "Token was invalidated by user logout.");
}

}  // namespace jobmesh::user
