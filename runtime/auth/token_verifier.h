#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "runtime/auth/jwt.h"
#include "runtime/auth/principal.h"
#include "runtime/lifecycle/part.h"

namespace jobmesh::runtime::auth {

// Where keys and revocations come from: the mesh's KeyService, or the issuer's own tables. Called
// by one thread.
class KeySource {
 public:
  virtual ~KeySource() = default;
  virtual absl::StatusOr<KeySet> FetchKeys() = 0;
  // Families that are refused from now on; the whole list each time.
  virtual absl::StatusOr<std::vector<std::string>> FetchRevokedFamilies() = 0;
};

struct TokenVerifierOptions {
  absl::Duration key_refresh = absl::Seconds(30);
  absl::Duration revocation_refresh = absl::Seconds(1);
  // At most one fetch of keys for unknown key ids in this time, whatever tokens come.
  absl::Duration unknown_key_interval = absl::Seconds(2);
  // How long Verify waits for the fetch that an unknown key id, or the first call, starts.
  absl::Duration fetch_wait = absl::Seconds(2);
  absl::Duration leeway = absl::ZeroDuration();
  size_t cache_entries = 65536;
  std::function<absl::Time()> now = [] { return absl::Now(); };
};

// Checks access tokens without asking for each call: keys and revocations are refreshed by a
// thread, and a token seen before costs a hash lookup until it expires. When the source fails, the
// last keys and revocations stay in use. Verify is thread-safe.
class TokenVerifier : public lifecycle::Part {
 public:
  explicit TokenVerifier(std::unique_ptr<KeySource> source, TokenVerifierOptions options = {});
  ~TokenVerifier() override;

  // `bearer_token`: without the scheme. Errors: UNAUTHENTICATED (TOKEN_INVALID) with the messages
  // of auth::Verify, "Token was invalidated by user logout." for a revoked family; UNAVAILABLE when
  // no keys were ever loaded.
  absl::StatusOr<Principal> Verify(std::string_view bearer_token);

  // The keys in use, after a fetch when there are none or none is named `kid`, for tokens of other
  // uses. UNAVAILABLE when no keys were ever loaded.
  absl::StatusOr<std::shared_ptr<const KeySet>> KeysFor(const std::string& kid);
  // UNAUTHENTICATED (TOKEN_INVALID) when tokens of the family are refused.
  absl::Status CheckRevoked(const std::string& family) const;

  std::string name() const override { return "token-verifier"; }
  absl::Status Start() override;
  void Stop() override;
  // Always OK: readiness must not hang on another service. Verify says UNAVAILABLE when it has no
  // keys.

 private:
  struct Cached {
    Principal principal;
    absl::Time expires;
  };
  struct Shard {
    absl::Mutex mutex;
    std::unordered_map<std::string, Cached> entries ABSL_GUARDED_BY(mutex);
  };
  static constexpr size_t kShards = 16;

  void Run();
  void RefreshKeys();
  void RefreshRevocations();
  bool WorkWaits() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return stopping_ || keys_wanted_; }
  Shard& ShardOf(const std::string& token);
  std::optional<Principal> Recall(const std::string& token);
  // Unless keys were taken away since `generation`.
  void Remember(const std::string& token, Cached entry, uint64_t generation);

  const std::unique_ptr<KeySource> source_;
  const TokenVerifierOptions options_;
  std::array<Shard, kShards> shards_;
  std::atomic<uint64_t> generation_{0};  // raised when keys were taken away

  mutable absl::Mutex mutex_;
  std::shared_ptr<const KeySet> keys_ ABSL_GUARDED_BY(mutex_);  // null until first loaded
  std::unordered_set<std::string> revoked_ ABSL_GUARDED_BY(mutex_);
  uint64_t fetches_ ABSL_GUARDED_BY(mutex_) = 0;  // finished attempts to load keys
  absl::Time last_unknown_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  bool keys_wanted_ ABSL_GUARDED_BY(mutex_) = false;
  bool fetching_ ABSL_GUARDED_BY(mutex_) = false;
  bool running_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace jobmesh::runtime::auth
