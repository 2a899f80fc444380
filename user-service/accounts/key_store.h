#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "runtime/auth/jwt.h"
#include "runtime/auth/token_verifier.h"
#include "runtime/postgres/pool.h"

namespace jobmesh::user {

// The keys that tokens are signed with, shared by all replicas through the database. A key is used
// from two minutes after it was made, when every verifier has seen it (the very first at once),
// until its successor is; it can be verified with for a day after that. Thread-safe.
class KeyStore {
 public:
  explicit KeyStore(runtime::postgres::Pool& pool) : pool_(pool) {}

  // The key to sign with now; made when there is none. Asks the database at most every ten seconds.
  absl::StatusOr<runtime::auth::SigningKey> Current();
  // Makes a new key when the newest is older than 30 days, and forgets replaced ones. Safe to call
  // from every replica.
  absl::Status Rotate();
  // Public halves, newest first.
  absl::StatusOr<std::vector<runtime::auth::Jwk>> List();

 private:
  absl::StatusOr<runtime::auth::SigningKey> Load();

  runtime::postgres::Pool& pool_;
  absl::Mutex mutex_;
  std::optional<runtime::auth::SigningKey> current_ ABSL_GUARDED_BY(mutex_);
  absl::Time loaded_time_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

// Keys and revocations for this process's own verifier, straight from the tables.
std::unique_ptr<runtime::auth::KeySource> MakeOwnKeySource(runtime::postgres::Pool& pool);

}  // namespace jobmesh::user
