#include "runtime/auth/token_verifier.h"

#include <atomic>
#include <thread>

#include "gtest/gtest.h"

#include "runtime/testing/fake_clock.h"
#include "runtime/testing/wait_for.h"

namespace jobmesh::runtime::auth {
namespace {

using testing::WaitFor;

const SigningKey& FirstKey() {
  static const SigningKey* key = new SigningKey(*SigningKey::Generate(2048));
  return *key;
}
const SigningKey& SecondKey() {
  static const SigningKey* key = new SigningKey(*SigningKey::Generate(2048));
  return *key;
}

// What the issuer would answer; changed by the tests, read by the verifier's thread.
struct Issuer {
  absl::Mutex mutex;
  bool down = false;
  std::vector<Jwk> keys = {FirstKey().jwk()};
  std::vector<std::string> revoked;
  std::atomic<int> key_fetches = 0;
  std::atomic<int> revocation_fetches = 0;
};

class FakeKeySource : public KeySource {
 public:
  explicit FakeKeySource(Issuer& issuer) : issuer_(issuer) {}
  absl::StatusOr<KeySet> FetchKeys() override {
    ++issuer_.key_fetches;
    absl::MutexLock lock(&issuer_.mutex);
    if (issuer_.down) {
      return absl::UnavailableError("down");
    }
    return KeySet::FromJwks(issuer_.keys);
  }
  absl::StatusOr<std::vector<std::string>> FetchRevokedFamilies() override {
    ++issuer_.revocation_fetches;
    absl::MutexLock lock(&issuer_.mutex);
    if (issuer_.down) {
      return absl::UnavailableError("down");
    }
    return issuer_.revoked;
  }

 private:
  Issuer& issuer_;
};

class TokenVerifierTest : public ::testing::Test {
 protected:
  TokenVerifierTest() {
    options_.now = [this] { return clock_.Now(); };
    options_.revocation_refresh = absl::Milliseconds(5);
  }
  void Start() {
    verifier_ = std::make_unique<TokenVerifier>(std::make_unique<FakeKeySource>(issuer_), options_);
    ASSERT_TRUE(verifier_->Start().ok());
  }
  void Change(const std::function<void(Issuer&)>& change) {
    absl::MutexLock lock(&issuer_.mutex);
    change(issuer_);
  }
  std::string Token(const SigningKey& key, const std::string& family = "f1",
                    const std::string& role = "USER") {
    return *Sign(key, {{"sub", "42"},
                       {"role", role},
                       {"fam", family},
                       {"exp", absl::ToUnixSeconds(clock_.Now()) + 60}});
  }
  absl::Status Try(const std::string& token) { return verifier_->Verify(token).status(); }

  testing::FakeClock clock_;
  Issuer issuer_;
  TokenVerifierOptions options_;
  std::unique_ptr<TokenVerifier> verifier_;
};

TEST_F(TokenVerifierTest, GoodToken_GivesItsPrincipal) {
  Start();
  absl::StatusOr<Principal> principal = verifier_->Verify(Token(FirstKey(), "f1", "ADMIN"));
  ASSERT_TRUE(principal.ok()) << principal.status();
  EXPECT_EQ(principal->user_id, 42);
  EXPECT_EQ(principal->family, "f1");
  EXPECT_TRUE(principal->IsAdmin());
}

TEST_F(TokenVerifierTest, RepeatedToken_ExpiresAllTheSame) {
  Start();
  const std::string token = Token(FirstKey());
  ASSERT_TRUE(Try(token).ok());
  ASSERT_TRUE(Try(token).ok());
  clock_.Advance(absl::Seconds(60));
  EXPECT_EQ(std::string(Try(token).message()), "Token has expired");
}

TEST_F(TokenVerifierTest, TokenWithoutRole_HasBadClaims) {
  Start();
  EXPECT_EQ(std::string(Try(Token(FirstKey(), "f1", "")).message()), "Bad token claims.");
}

TEST_F(TokenVerifierTest, NewKey_IsFetchedAtOnce) {
  options_.unknown_key_interval = absl::ZeroDuration();
  Start();
  ASSERT_TRUE(Try(Token(FirstKey())).ok());
  Change([](Issuer& issuer) { issuer.keys = {SecondKey().jwk(), FirstKey().jwk()}; });
  EXPECT_TRUE(Try(Token(SecondKey())).ok());
  EXPECT_TRUE(Try(Token(FirstKey())).ok());
}

TEST_F(TokenVerifierTest, UnknownKeys_DoNotCauseAFetchEach) {
  Start();
  ASSERT_TRUE(Try(Token(FirstKey())).ok());
  const int before = issuer_.key_fetches;
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(Try(Token(SecondKey())).code(), absl::StatusCode::kUnauthenticated);
  }
  EXPECT_LE(issuer_.key_fetches, before + 1);
}

TEST_F(TokenVerifierTest, KeyTakenAway_EndsTokensSeenBefore) {
  options_.key_refresh = absl::Milliseconds(5);
  Start();
  const std::string token = Token(FirstKey());
  ASSERT_TRUE(Try(token).ok());
  Change([](Issuer& issuer) { issuer.keys = {SecondKey().jwk()}; });
  EXPECT_TRUE(WaitFor([&] { return !Try(token).ok(); }));
}

TEST_F(TokenVerifierTest, RevokedFamily_IsRefusedSoon) {
  Start();
  const std::string token = Token(FirstKey(), "f1");
  ASSERT_TRUE(Try(token).ok());
  Change([](Issuer& issuer) { issuer.revoked = {"f1"}; });
  ASSERT_TRUE(WaitFor([&] { return !Try(token).ok(); }));
  EXPECT_EQ(std::string(Try(token).message()), "Token was invalidated by user logout.");
  EXPECT_TRUE(Try(Token(FirstKey(), "f2")).ok());
}

TEST_F(TokenVerifierTest, SourceDownFromTheStart_IsUnavailableUntilItComesUp) {
  issuer_.down = true;
  Start();
  EXPECT_EQ(Try(Token(FirstKey())).code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(verifier_->Health().ok());
  Change([](Issuer& issuer) { issuer.down = false; });
  EXPECT_TRUE(WaitFor([&] { return Try(Token(FirstKey())).ok(); }));
}

TEST_F(TokenVerifierTest, SourceDownLater_KeepsKeysAndRevocations) {
  issuer_.revoked = {"f1"};
  Start();
  ASSERT_TRUE(WaitFor([&] { return issuer_.revocation_fetches > 0; }));
  ASSERT_TRUE(Try(Token(FirstKey(), "f2")).ok());
  Change([](Issuer& issuer) { issuer.down = true; });
  const int before = issuer_.revocation_fetches;
  ASSERT_TRUE(WaitFor([&] { return issuer_.revocation_fetches > before + 1; }));
  EXPECT_TRUE(Try(Token(FirstKey(), "f3")).ok());
  EXPECT_EQ(Try(Token(FirstKey(), "f1")).code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(TokenVerifierTest, ManyThreads_VerifyWhileKeysAndCacheChange) {
  options_.key_refresh = absl::Milliseconds(1);
  options_.revocation_refresh = absl::Milliseconds(1);
  options_.cache_entries = 32;
  Start();
  std::vector<std::string> tokens;
  for (int i = 0; i < 20; ++i) {
    tokens.push_back(Token(FirstKey(), "family" + std::to_string(i)));
  }
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        good += Try(tokens[i % tokens.size()]).ok() ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(good, 4 * 200);
}

}  // namespace
}  // namespace jobmesh::runtime::auth
