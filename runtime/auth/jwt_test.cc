#include "runtime/auth/jwt.h"

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "runtime/strings.h"

namespace jobmesh::runtime::auth {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

const SigningKey& Key() {
  static const SigningKey* key = new SigningKey(*SigningKey::Generate(2048));
  return *key;
}
const SigningKey& OtherKey() {
  static const SigningKey* key = new SigningKey(*SigningKey::Generate(2048));
  return *key;
}
KeySet Keys() { return *KeySet::FromJwks({Key().jwk()}); }

nlohmann::json GoodClaims() {
  return {{"sub", "42"},
          {"role", "USER"},
          {"fam", "f1"},
          {"jti", "j1"},
          {"iat", 1'800'000'000 - 10},
          {"exp", 1'800'000'000 + 900}};
}
nlohmann::json With(const char* name, nlohmann::json value) {
  nlohmann::json claims = GoodClaims();
  claims[name] = std::move(value);
  return claims;
}
std::string Base64Url(std::string_view text) { return absl::WebSafeBase64Escape(Av(text)); }

// The message Verify refuses with, or "accepted".
std::string Refusal(const std::string& token, absl::Duration leeway = absl::ZeroDuration()) {
  absl::StatusOr<Claims> claims = Verify(token, Keys(), kNow, leeway);
  if (claims.ok()) {
    return "accepted";
  }
  EXPECT_EQ(claims.status().code(), absl::StatusCode::kUnauthenticated);
  return std::string(claims.status().message());
}
std::string RefusalOf(const nlohmann::json& claims) { return Refusal(*Sign(Key(), claims)); }
std::string WithHeader(const nlohmann::json& header) {
  const std::string token = *Sign(Key(), GoodClaims());
  return Base64Url(header.dump()) + token.substr(token.find('.'));
}

TEST(JwtTest, GoodToken_GivesItsClaims) {
  absl::StatusOr<Claims> claims = Verify(*Sign(Key(), GoodClaims()), Keys(), kNow);
  ASSERT_TRUE(claims.ok()) << claims.status();
  EXPECT_EQ(claims->subject, "42");
  EXPECT_EQ(claims->role, "USER");
  EXPECT_EQ(claims->family, "f1");
  EXPECT_EQ(claims->jti, "j1");
  EXPECT_EQ(claims->expires, kNow + absl::Seconds(900));
  EXPECT_EQ(claims->raw["iat"], 1'799'999'990);
}

TEST(JwtTest, IntegerSubject_IsAccepted) {
  EXPECT_EQ(Verify(*Sign(Key(), With("sub", 42)), Keys(), kNow)->subject, "42");
}

TEST(JwtTest, ExpiredToken_IsRefused) {
  EXPECT_EQ(RefusalOf(With("exp", 1'800'000'000)), "Token has expired");
  EXPECT_EQ(RefusalOf(With("exp", 1'800'000'001)), "accepted");
}

TEST(JwtTest, Leeway_ForgivesClocks) {
  EXPECT_EQ(Refusal(*Sign(Key(), With("exp", 1'800'000'000 - 29)), absl::Seconds(30)), "accepted");
  EXPECT_EQ(Refusal(*Sign(Key(), With("nbf", 1'800'000'000 + 29)), absl::Seconds(30)), "accepted");
}

TEST(JwtTest, BadClaims_AreRefused) {
  nlohmann::json without_exp = GoodClaims();
  without_exp.erase("exp");
  EXPECT_EQ(RefusalOf(without_exp), "Bad token claims.");
  nlohmann::json without_sub = GoodClaims();
  without_sub.erase("sub");
  EXPECT_EQ(RefusalOf(without_sub), "Bad token claims.");
  EXPECT_EQ(RefusalOf(With("exp", "soon")), "Bad token claims.");
  EXPECT_EQ(RefusalOf(With("exp", 1e300)), "Bad token claims.");
  EXPECT_EQ(RefusalOf(With("nbf", 1'800'000'001)), "Bad token claims.");
  EXPECT_EQ(RefusalOf(With("role", 7)), "Bad token claims.");
  EXPECT_EQ(RefusalOf(With("sub", "")), "Bad token claims.");
}

TEST(JwtTest, UnsignedToken_IsRefused) {
  const std::string header = Base64Url(R"({"alg":"none","kid":")" + Key().kid() + "\"}");
  EXPECT_EQ(Refusal(header + "." + Base64Url(GoodClaims().dump()) + "."), "Invalid token");
}

TEST(JwtTest, TokenSignedWithThePublicKeyAsHmacSecret_IsRefused) {
  const std::string text = Base64Url(R"({"alg":"HS256","kid":")" + Key().kid() + "\"}") + "." +
                           Base64Url(GoodClaims().dump());
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  const std::string secret = Key().jwk().n;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &size);
  EXPECT_EQ(Refusal(text + "." + Base64Url({reinterpret_cast<char*>(mac), size})), "Invalid token");
}

TEST(JwtTest, OtherHeaders_AreRefused) {
  const std::string kid = Key().kid();
  EXPECT_EQ(Refusal(WithHeader({{"alg", "RS512"}, {"kid", kid}})), "Invalid token");
  EXPECT_EQ(Refusal(WithHeader({{"alg", 256}, {"kid", kid}})), "Invalid token");
  EXPECT_EQ(Refusal(WithHeader({{"alg", "RS256"}})), "Invalid token");
  EXPECT_EQ(Refusal(WithHeader({{"alg", "RS256"}, {"kid", kid}, {"crit", {"x"}}})),
            "Invalid token");
  // Right fields, but not what was signed.
  EXPECT_EQ(Refusal(WithHeader({{"alg", "RS256"}, {"kid", kid}, {"x", 1}})), "Invalid token");
}

TEST(JwtTest, KeyOfSomebodyElse_IsRefused) {
  EXPECT_EQ(Refusal(*Sign(OtherKey(), GoodClaims())), "Invalid token");
}

TEST(JwtTest, ChangedClaims_AreRefused) {
  const std::string token = *Sign(Key(), GoodClaims());
  const size_t first = token.find('.');
  EXPECT_EQ(Refusal(token.substr(0, first + 1) + Base64Url(With("sub", "1").dump()) +
                    token.substr(token.rfind('.'))),
            "Invalid token");
}

TEST(JwtTest, MalformedTokens_AreRefused) {
  const std::string token = *Sign(Key(), GoodClaims());
  for (const std::string& text :
       {std::string(), std::string("."), std::string(".."), std::string("a.b"),
        std::string("a.b.c.d"), token + "=", token + ".", " " + token,
        token.substr(0, token.size() - 1), std::string(kMaxTokenBytes + 1, 'a'),
        std::string("\0.\xff.", 4)}) {
    EXPECT_EQ(Refusal(text), "Invalid token") << text;
    Refusal(text);
  }
}

TEST(JwtTest, KeyIdOf_ReadsOnlyUsableHeaders) {
  EXPECT_EQ(KeyIdOf(*Sign(Key(), GoodClaims())), Key().kid());
  EXPECT_EQ(KeyIdOf("x.y.z"), "");
}

TEST(SigningKeyTest, Pem_RoundTrips) {
  absl::StatusOr<SigningKey> copy = SigningKey::FromPem(*Key().ToPem());
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_EQ(copy->jwk(), Key().jwk());
  EXPECT_EQ(Refusal(*Sign(*copy, GoodClaims())), "accepted");
}

TEST(SigningKeyTest, UnusablePem_IsRefused) {
  EXPECT_FALSE(SigningKey::FromPem("").ok());
  EXPECT_FALSE(
      SigningKey::FromPem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----").ok());
  EXPECT_FALSE(SigningKey::Generate(1024).ok());
}

TEST(SigningKeyTest, Thumbprint_IsThatOfRfc7638) {
  // The example of RFC 7638 section 3.1, by way of a key set of the same numbers.
  const Jwk example{
      "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
      "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"
      "BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"
      "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4"
      "vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
      "AQAB"};
  EXPECT_EQ(Thumbprint(example), example.kid);
  EXPECT_TRUE(KeySet::FromJwks({example}).ok());
}

TEST(KeySetTest, UnusableKeys_AreRefused) {
  const Jwk good = Key().jwk();
  EXPECT_FALSE(KeySet::FromJwks({{good.kid, "", good.e}}).ok());
  EXPECT_FALSE(KeySet::FromJwks({{good.kid, good.n.substr(0, 100), good.e}}).ok());
  EXPECT_FALSE(KeySet::FromJwks({{good.kid, good.n + "!", good.e}}).ok());
  EXPECT_FALSE(KeySet::FromJwks({{good.kid, good.n, "Ag"}}).ok());
  EXPECT_FALSE(KeySet::FromJwks({{"", good.n, good.e}}).ok());
}

TEST(VerifySignedTest, TokensOfOtherUses_NeedNoSubjectAndMayNotExpire) {
  const KeySet keys = Keys();
  const absl::Time now = absl::FromUnixSeconds(1000);
  const auto open = [&](const nlohmann::json& claims) {
    return VerifySigned(*Sign(Key(), claims), keys, now);
  };
  ASSERT_TRUE(open({{"user/uuid", "7"}}).ok());
  EXPECT_EQ(open({{"user/uuid", "7"}})->claims["user/uuid"], "7");
  EXPECT_EQ(open({{"a", 1}})->kid, Key().kid());
  EXPECT_FALSE(open({{"exp", 1000}}).ok());
  EXPECT_TRUE(open({{"exp", 1001}}).ok());
  EXPECT_FALSE(open({{"nbf", 1001}}).ok());
  EXPECT_FALSE(open({{"exp", "soon"}}).ok());
  EXPECT_FALSE(VerifySigned(*Sign(Key(), {{"a", 1}}), KeySet(), now).ok());
}

}  // namespace
}  // namespace jobmesh::runtime::auth
