#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"

// OpenSSL's EVP_PKEY, without its headers.
struct evp_pkey_st;

namespace jobmesh::runtime::auth {

// JSON Web Tokens signed with RS256 (RFC 7519, RFC 7515, RFC 7518 section 3.3). Access tokens know
// no other algorithm, and other tokens RS512 besides, so that none can choose a weaker one. All
// types are immutable after construction and safe to share.

// Longest token that is looked at, in bytes.
inline constexpr size_t kMaxTokenBytes = 8192;

// Public half of an RSA key as a JSON Web Key (RFC 7518 section 6.3.1): base64url without padding.
struct Jwk {
  std::string kid;
  std::string n;  // modulus
  std::string e;  // exponent

  bool operator==(const Jwk&) const = default;
};

// Why a token is not accepted, for its bearer: UNAUTHENTICATED with the reason TOKEN_INVALID.
absl::Status TokenRefused(std::string_view message);

// The RFC 7638 thumbprint of a key: what we use as its id.
std::string Thumbprint(const Jwk& jwk);

// An RSA key pair. Copies share the key.
class SigningKey {
 public:
  // `bits`: 2048 to 4096.
  static absl::StatusOr<SigningKey> Generate(int bits);
  // An unencrypted PKCS#8 or PKCS#1 private key of at least 2048 bits.
  static absl::StatusOr<SigningKey> FromPem(const std::string& pem);

  // The private key as PKCS#8 PEM. Secret.
  absl::StatusOr<std::string> ToPem() const;
  // Thumbprint of the public key (RFC 7638), 43 characters.
  const std::string& kid() const { return jwk_.kid; }
  const Jwk& jwk() const { return jwk_; }

 private:
  friend absl::StatusOr<std::string> Sign(const SigningKey&, const nlohmann::json&);
  explicit SigningKey(std::shared_ptr<evp_pkey_st> key);

  std::shared_ptr<evp_pkey_st> key_;
  Jwk jwk_;
};

// A compact JWS: header {alg, kid, typ} and `claims`.
absl::StatusOr<std::string> Sign(const SigningKey& key, const nlohmann::json& claims);

// The public keys that tokens may be signed with.
class KeySet {
 public:
  KeySet() = default;
  // INVALID_ARGUMENT on malformed numbers, or a modulus below 2048 bits or an unusual size.
  static absl::StatusOr<KeySet> FromJwks(const std::vector<Jwk>& keys);

  bool Contains(std::string_view kid) const { return keys_.find(kid) != keys_.end(); }
  bool empty() const { return keys_.empty(); }
  size_t size() const { return keys_.size(); }
  // Whether every key id of `other` is here too.
  bool Covers(const KeySet& other) const;
  // Whether `signature` is that of `signed_text` by key `kid` and algorithm `alg`, RS256 or RS512.
  // False for an unknown key or another algorithm.
  bool VerifySignature(std::string_view kid, std::string_view alg, std::string_view signed_text,
                       std::string_view signature) const;

 private:
  std::map<std::string, std::shared_ptr<evp_pkey_st>, std::less<>> keys_;
};

struct Claims {
  std::string subject;  // `sub`: the user id; written as a string, an integer is accepted
  std::string role;     // `role`
  std::string family;   // `fam`
  std::string jti;
  absl::Time issued = absl::InfinitePast();  // `iat`
  absl::Time expires;                        // `exp`
  nlohmann::json raw;                        // all claims
};

// The claims of a token whose signature, expiry and not-before hold at `now`. UNAUTHENTICATED
// (TOKEN_INVALID):
//   "Token has expired"   exp is not after now - leeway
//   "Bad token claims."   signed by us, but exp is missing, nbf lies ahead, or a claim has the
//   wrong type "Invalid token"       anything else: malformed, too long, other algorithm, unknown
//   key, wrong signature
absl::StatusOr<Claims> Verify(std::string_view token, const KeySet& keys, absl::Time now,
                              absl::Duration leeway = absl::ZeroDuration());

// What a token of another use says: its claims as they are, times checked where they are there.
struct SignedClaims {
  std::string kid;  // of the key that signed it
  nlohmann::json claims;
};

// Of a token signed with RS256 or RS512 by one of `keys`. UNAUTHENTICATED (TOKEN_INVALID) as
// Verify; a token without `exp` does not expire.
absl::StatusOr<SignedClaims> VerifySigned(std::string_view token, const KeySet& keys,
                                          absl::Time now);

// The `kid` of a token's header, unverified; "" when malformed.
std::string KeyIdOf(std::string_view token);

}  // namespace jobmesh::runtime::auth
