#include "runtime/auth/token_verifier.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/strings/numbers.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "runtime/telemetry/log.h"

namespace jobmesh::runtime::auth {
namespace {

absl::StatusOr<Principal> PrincipalOf(const Claims& claims) {
  Principal principal;
  if (!absl::SimpleAtoi(claims.subject, &principal.user_id) || principal.user_id <= 0 ||
      claims.role.empty()) {
    return TokenRefused("Bad token claims.");
  }
  principal.role = claims.role;
  principal.family = claims.family;
  return principal;
}

}  // namespace

TokenVerifier::TokenVerifier(std::unique_ptr<KeySource> source, TokenVerifierOptions options)
    : source_(std::move(source)), options_(std::move(options)) {}

TokenVerifier::~TokenVerifier() { Stop(); }

absl::Status TokenVerifier::Start() {
  {
    absl::MutexLock lock(&mutex_);
    running_ = true;
  }
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

void TokenVerifier::Stop() {
  if (!thread_.joinable()) {
    return;
  }
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
  absl::MutexLock lock(&mutex_);
  running_ = false;
}

absl::StatusOr<Principal> TokenVerifier::Verify(std::string_view bearer_token) {
  if (bearer_token.size() > kMaxTokenBytes) {
    return TokenRefused("Invalid token");
  }
  const std::string token(bearer_token);
  if (std::optional<Principal> principal = Recall(token)) {
    RETURN_IF_ERROR(CheckRevoked(principal->family));
    return *std::move(principal);
  }
  const std::string kid = KeyIdOf(token);
  if (kid.empty()) {
    return TokenRefused("Invalid token");
  }
  const uint64_t generation = generation_.load();
  ASSIGN_OR_RETURN(std::shared_ptr<const KeySet> keys, KeysFor(kid));
  ASSIGN_OR_RETURN(Claims claims, auth::Verify(token, *keys, options_.now(), options_.leeway));
  ASSIGN_OR_RETURN(Principal principal, PrincipalOf(claims));
  RETURN_IF_ERROR(CheckRevoked(principal.family));
  Remember(token, {principal, claims.expires + options_.leeway}, generation);
  return principal;
}

absl::StatusOr<std::shared_ptr<const KeySet>> TokenVerifier::KeysFor(const std::string& kid) {
  absl::MutexLock lock(&mutex_);
  if (keys_ != nullptr && keys_->Contains(kid)) {
    return keys_;
  }
  const absl::Time now = absl::Now();
  const bool pending = keys_wanted_ || fetching_;
  // Without any keys the thread tries again by itself.
  const bool too_soon =
      keys_ == nullptr ? fetches_ > 0 : now - last_unknown_ < options_.unknown_key_interval;
  if (running_ && !stopping_ && (pending || !too_soon)) {
    if (!pending) {
      last_unknown_ = now;
      keys_wanted_ = true;
    }
    struct Wanted {
      TokenVerifier* verifier;
      uint64_t fetches;
    } wanted{this, fetches_ + (keys_wanted_ && fetching_ ? 2 : 1)};
    auto fetched = +[](Wanted* w) {
      w->verifier->mutex_.AssertReaderHeld();
      return w->verifier->stopping_ || w->verifier->fetches_ >= w->fetches;
    };
    mutex_.AwaitWithTimeout(absl::Condition(fetched, &wanted), options_.fetch_wait);
  }
  if (keys_ == nullptr) {
    return absl::UnavailableError("the keys of access tokens are not available; try again soon");
  }
  return keys_;
}

absl::Status TokenVerifier::CheckRevoked(const std::string& family) const {
  absl::ReaderMutexLock lock(&mutex_);
  if (revoked_.contains(family)) {
    return TokenRefused("Token was invalidated by user logout.");
  }
  return absl::OkStatus();
}

TokenVerifier::Shard& TokenVerifier::ShardOf(const std::string& token) {
  return shards_[std::hash<std::string>()(token) % kShards];
}

std::optional<Principal> TokenVerifier::Recall(const std::string& token) {
  Shard& shard = ShardOf(token);
  absl::MutexLock lock(&shard.mutex);
  auto entry = shard.entries.find(token);
  if (entry == shard.entries.end()) {
    return std::nullopt;
  }
  if (entry->second.expires <= options_.now()) {
    shard.entries.erase(entry);
    return std::nullopt;
  }
  return entry->second.principal;
}

void TokenVerifier::Remember(const std::string& token, Cached entry, uint64_t generation) {
  Shard& shard = ShardOf(token);
  absl::MutexLock lock(&shard.mutex);
  if (generation != generation_.load()) {
    return;
  }
  if (shard.entries.size() >= std::max<size_t>(1, options_.cache_entries / kShards)) {
    shard.entries.erase(shard.entries.begin());  // any will do: tokens are short-lived
  }
  shard.entries.insert_or_assign(token, std::move(entry));
}

void TokenVerifier::Run() {
  absl::Time next_keys = absl::InfinitePast();
  absl::Time next_revocations = absl::InfinitePast();
  while (true) {
    bool fetch_keys = false;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithDeadline(absl::Condition(this, &TokenVerifier::WorkWaits),
                               std::min(next_keys, next_revocations));
      if (stopping_) {
        return;
      }
      fetch_keys = keys_wanted_ || absl::Now() >= next_keys;
      fetching_ = fetch_keys;
      keys_wanted_ = false;
    }
    if (fetch_keys) {
      RefreshKeys();
      absl::MutexLock lock(&mutex_);
      next_keys = absl::Now() + (keys_ == nullptr
                                     ? std::min(options_.key_refresh, options_.revocation_refresh)
                                     : options_.key_refresh);
    }
    if (absl::Now() >= next_revocations) {
      RefreshRevocations();
      next_revocations = absl::Now() + options_.revocation_refresh;
    }
  }
}

void TokenVerifier::RefreshKeys() {
  absl::StatusOr<KeySet> fetched = source_->FetchKeys();
  if (!fetched.ok()) {
    telemetry::LogWarn("token_keys_not_fetched", {{"error", fetched.status().ToString()}});
  }
  bool taken_away = false;
  {
    absl::MutexLock lock(&mutex_);
    fetching_ = false;
    ++fetches_;
    if (fetched.ok() && !fetched->empty()) {
      taken_away = keys_ != nullptr && !fetched->Covers(*keys_);
      keys_ = std::make_shared<const KeySet>(*std::move(fetched));
    }
  }
  if (taken_away) {
    // What the old key had signed must not live on in the cache.
    ++generation_;
    for (Shard& shard : shards_) {
      absl::MutexLock lock(&shard.mutex);
      shard.entries.clear();
    }
  }
}

void TokenVerifier::RefreshRevocations() {
  absl::StatusOr<std::vector<std::string>> families = source_->FetchRevokedFamilies();
  if (!families.ok()) {
    telemetry::LogWarn("token_revocations_not_fetched", {{"error", families.status().ToString()}});
    return;
  }
  std::unordered_set<std::string> revoked(std::make_move_iterator(families->begin()),
                                          std::make_move_iterator(families->end()));
  absl::MutexLock lock(&mutex_);
  revoked_.swap(revoked);
}

}  // namespace jobmesh::runtime::auth
