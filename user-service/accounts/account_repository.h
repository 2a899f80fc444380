#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "runtime/postgres/pool.h"
#include "user-service/accounts/token_repository.h"

namespace jobmesh::user {

// Bounds on failed log-ins.
struct LoginLimits {
  int account_failures = 10;
  int address_failures = 100;
  absl::Duration window = absl::Minutes(5);
};

struct NewAccount {
  std::string email;
  std::string name;
  std::string password_hash;
};

struct Account {
  int user_id = 0;
  std::string role;
  std::string password_hash;
};

// Accounts and failed log-ins. Thread-safe.
class AccountRepository {
 public:
  explicit AccountRepository(runtime::postgres::Pool& pool) : pool_(pool) {}

  // An account with its first token family: both or neither. ALREADY_EXISTS (USER_EXISTS).
  absl::StatusOr<RefreshGrant> Create(const NewAccount& account, absl::Duration refresh_life);
  // Nothing when there is none.
  absl::StatusOr<std::optional<Account>> FindByEmail(const std::string& email_key);
  // NOT_FOUND (USER_NOT_FOUND) "User not found".
  absl::Status RequireExists(int64_t user_id);
  // The account that tokens made by the front door name when no user is given; made when missing.
  absl::StatusOr<int> EnsureRoleAccount(const std::string& role);
  absl::Status ReplacePasswordHash(const Account& account, const std::string& new_hash);

  // RESOURCE_EXHAUSTED (LOGIN_THROTTLED) with retry_after_seconds.
  absl::Status CheckThrottle(const std::string& email_key, const std::string& address,
                             const LoginLimits& limits);
  absl::Status NoteFailure(const std::string& email_key, const std::string& address);
  absl::Status ForgetFailures(const std::string& email_key);
  absl::Status DeleteOldFailures(const LoginLimits& limits);

 private:
  runtime::postgres::Pool& pool_;
};

}  // namespace jobmesh::user
