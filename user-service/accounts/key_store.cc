#include "user-service/accounts/key_store.h"

#include "absl/time/clock.h"
#include "user_sql.h"

#include "runtime/status_macros.h"
#include "user-service/accounts/token_repository.h"

namespace jobmesh::user {
namespace {

using runtime::auth::Jwk;
using runtime::auth::KeySet;
using runtime::auth::SigningKey;

constexpr int kKeyBits = 2048;
constexpr int kKeyAgeDays = 30;
constexpr absl::Duration kReload = absl::Seconds(10);

absl::StatusOr<std::vector<Jwk>> ListKeys(runtime::postgres::Pool& pool) {
  ASSIGN_OR_RETURN(pqxx::result rows, pool.Execute(sql::kListSigningKeys));
  std::vector<Jwk> keys;
  for (const auto& row : rows) {
    keys.push_back({row["kid"].c_str(), row["modulus"].c_str(), row["exponent"].c_str()});
  }
  return keys;
}

class OwnKeySource : public runtime::auth::KeySource {
 public:
  explicit OwnKeySource(runtime::postgres::Pool& pool) : pool_(pool), tokens_(pool) {}

  absl::StatusOr<KeySet> FetchKeys() override {
    ASSIGN_OR_RETURN(std::vector<Jwk> keys, ListKeys(pool_));
    return KeySet::FromJwks(keys);
  }
  absl::StatusOr<std::vector<std::string>> FetchRevokedFamilies() override {
    return tokens_.ListRevokedFamilies();
  }

 private:
  runtime::postgres::Pool& pool_;
  TokenRepository tokens_;
};

}  // namespace

absl::StatusOr<SigningKey> KeyStore::Current() {
  absl::MutexLock lock(&mutex_);
  const absl::Time now = absl::Now();
  if (!current_ || now - loaded_time_ > kReload) {
    ASSIGN_OR_RETURN(SigningKey key, Load());
    current_ = std::move(key);
    loaded_time_ = now;
  }
  return *current_;
}

absl::StatusOr<SigningKey> KeyStore::Load() {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kFindSigningKey));
  if (rows.empty()) {
    RETURN_IF_ERROR(Rotate());
    ASSIGN_OR_RETURN(rows, pool_.Execute(sql::kFindSigningKey));
  }
  if (rows.empty()) {
    return absl::InternalError("there is no signing key");
  }
  if (current_ && current_->kid() == rows[0]["kid"].c_str()) {
    return *current_;
  }
  return SigningKey::FromPem(rows[0]["private_pem"].c_str());
}

absl::Status KeyStore::Rotate() {
  RETURN_IF_ERROR(pool_.Execute(sql::kDeleteReplacedSigningKeys).status());
  ASSIGN_OR_RETURN(pqxx::result due, pool_.Execute(sql::kIsSigningKeyDue, kKeyAgeDays));
  if (!due[0]["due"].as<bool>()) {
    return absl::OkStatus();
  }
  // Made before the lock is taken: it takes a good part of a second.
  ASSIGN_OR_RETURN(SigningKey key, SigningKey::Generate(kKeyBits));
  ASSIGN_OR_RETURN(const std::string pem, key.ToPem());
  return pool_.InTransaction([&](runtime::postgres::Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Execute(sql::kLockSigningKeys).status());
    ASSIGN_OR_RETURN(pqxx::result still_due, tx.Execute(sql::kIsSigningKeyDue, kKeyAgeDays));
    if (!still_due[0]["due"].as<bool>()) {
      return absl::OkStatus();
    }
    return tx.Execute(sql::kCreateSigningKey, key.kid(), pem, key.jwk().n, key.jwk().e).status();
  });
}

absl::StatusOr<std::vector<Jwk>> KeyStore::List() { return ListKeys(pool_); }

std::unique_ptr<runtime::auth::KeySource> MakeOwnKeySource(runtime::postgres::Pool& pool) {
  return std::make_unique<OwnKeySource>(pool);
}

}  // namespace jobmesh::user
