#include "user-service/accounts/account_repository.h"

#include "absl/strings/ascii.h"
#include "user_sql.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "user-service/accounts/credentials.h"

namespace jobmesh::user {

using runtime::ErrorReason;
using runtime::postgres::Tx;

absl::StatusOr<RefreshGrant> AccountRepository::Create(const NewAccount& account,
                                                       absl::Duration refresh_life) {
  return pool_.InTransaction([&](Tx& tx) -> absl::StatusOr<RefreshGrant> {
    ASSIGN_OR_RETURN(pqxx::result rows,
                     tx.Execute(sql::kCreateAccount, account.email, FoldEmail(account.email),
                                account.name, account.password_hash));
    if (rows.empty()) {
      return runtime::Error(absl::StatusCode::kAlreadyExists, ErrorReason::USER_EXISTS,
                            "User already exists");
    }
    return TokenRepository::Open(tx, rows[0]["user_id"].as<int>(), rows[0]["role"].c_str(),
                                 refresh_life);
  });
}

absl::StatusOr<std::optional<Account>> AccountRepository::FindByEmail(
    const std::string& email_key) {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kFindAccountByEmail, email_key));
  if (rows.empty()) {
    return std::nullopt;
  }
  return Account{rows[0]["user_id"].as<int>(), rows[0]["role"].c_str(),
                 rows[0]["password_hash"].c_str()};
}

absl::Status AccountRepository::RequireExists(int64_t user_id) {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kFindAccount, user_id));
  if (rows.empty()) {
    return runtime::Error(absl::StatusCode::kNotFound, ErrorReason::USER_NOT_FOUND,
                          "User not found");
  }
  return absl::OkStatus();
}

absl::StatusOr<int> AccountRepository::EnsureRoleAccount(const std::string& role) {
  std::string email = role + "@token.jobmesh.invalid";
  absl::AsciiStrToLower(&email);
  ASSIGN_OR_RETURN(pqxx::result rows,
                   pool_.Execute(sql::kEnsureRoleAccount, email, "Token " + role, role));
  return rows[0]["user_id"].as<int>();
}

absl::Status AccountRepository::ReplacePasswordHash(const Account& account,
                                                    const std::string& new_hash) {
  return pool_.Execute(sql::kReplacePasswordHash, account.user_id, account.password_hash, new_hash)
      .status();
}

absl::Status AccountRepository::CheckThrottle(const std::string& email_key,
                                              const std::string& address,
                                              const LoginLimits& limits) {
  ASSIGN_OR_RETURN(
      pqxx::result rows,
      pool_.Execute(sql::kFindLoginThrottle, email_key, address, limits.account_failures,
                    limits.address_failures, absl::ToDoubleSeconds(limits.window)));
  if (rows[0]["retry_after_seconds"].is_null()) {
    return absl::OkStatus();
  }
  return runtime::Error(absl::StatusCode::kResourceExhausted, ErrorReason::LOGIN_THROTTLED,
                        "Too many failed logins, try again later",
                        {{"retry_after_seconds", rows[0]["retry_after_seconds"].c_str()}});
}

absl::Status AccountRepository::NoteFailure(const std::string& email_key,
                                            const std::string& address) {
  return pool_.Execute(sql::kCreateLoginFailure, email_key, address).status();
}

absl::Status AccountRepository::ForgetFailures(const std::string& email_key) {
  return pool_.Execute(sql::kClearLoginFailures, email_key).status();
}

absl::Status AccountRepository::DeleteOldFailures(const LoginLimits& limits) {
  return pool_.Execute(sql::kDeleteOldLoginFailures, absl::ToDoubleSeconds(limits.window)).status();
}

}  // namespace jobmesh::user
