#include "runtime/auth/jwt.h"

#include <cmath>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "runtime/errors.h"
#include "runtime/sha256.h"
#include "runtime/status_macros.h"
#include "runtime/strings.h"

namespace jobmesh::runtime::auth {
namespace {

constexpr int kMinBits = 2048;
constexpr int kMaxBits = 8192;  // a longer key makes each verification a burden

using Bignum = std::unique_ptr<BIGNUM, decltype(&BN_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

std::shared_ptr<EVP_PKEY> Own(EVP_PKEY* key) { return {key, &EVP_PKEY_free}; }

std::string Base64Url(std::string_view bytes) { return absl::WebSafeBase64Escape(Av(bytes)); }

// Strict: no padding, no white space, and only the one spelling of each content.
std::optional<std::string> FromBase64Url(std::string_view text) {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(Av(text), &bytes) || Base64Url(bytes) != text) {
    return std::nullopt;
  }
  return bytes;
}

std::string PublicNumber(const EVP_PKEY* key, const char* name) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) {
    return "";
  }
  Bignum number(raw, &BN_free);
  std::string bytes(BN_num_bytes(number.get()), '\0');
  BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(bytes.data()));
  return Base64Url(bytes);
}

Bignum ParseNumber(std::string_view base64url) {
  std::optional<std::string> bytes = FromBase64Url(base64url);
  if (!bytes || bytes->empty()) {
    return {nullptr, &BN_free};
  }
  return {BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes->data()),
                    static_cast<int>(bytes->size()), nullptr),
          &BN_free};
}

std::shared_ptr<EVP_PKEY> PublicKey(const Jwk& jwk) {
  Bignum n = ParseNumber(jwk.n);
  Bignum e = ParseNumber(jwk.e);
  if (n == nullptr || e == nullptr || BN_num_bits(n.get()) < kMinBits ||
      BN_num_bits(n.get()) > kMaxBits || !BN_is_odd(e.get()) || BN_is_one(e.get()) ||
      BN_num_bits(e.get()) > 33) {
    return nullptr;
  }
  std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> builder(OSSL_PARAM_BLD_new(),
                                                                          &OSSL_PARAM_BLD_free);
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> params(
      OSSL_PARAM_BLD_to_param(builder.get()), &OSSL_PARAM_free);
  std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr), &EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return Own(key);
}

absl::Status Invalid() { return TokenRefused("Invalid token"); }
absl::Status BadClaims() { return TokenRefused("Bad token claims."); }

struct Parts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view signed_text;  // header and payload, as signed
};

std::optional<Parts> Split(std::string_view token) {
  if (token.size() > kMaxTokenBytes) {
    return std::nullopt;
  }
  const size_t first = token.find('.');
  const size_t second = first == token.npos ? token.npos : token.find('.', first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos) {
    return std::nullopt;
  }
  return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1),
               token.substr(second + 1), token.substr(0, second)};
}

std::optional<nlohmann::json> ParseObject(std::string_view base64url) {
  std::optional<std::string> text = FromBase64Url(base64url);
  if (!text) {
    return std::nullopt;
  }
  nlohmann::json object = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) {
    return std::nullopt;
  }
  return object;
}

constexpr char kRs256[] = "RS256";
constexpr char kRs512[] = "RS512";

// What a header says of the signature, when it asks for what we do; nothing otherwise.
struct Signing {
  std::string kid;
  std::string alg;
};

std::optional<Signing> SigningOf(const nlohmann::json& header) {
  auto alg = header.find("alg");
  auto kid = header.find("kid");
  // `crit` names extensions that must be understood (RFC 7515 section 4.1.11); we understand none.
  if (alg == header.end() || (*alg != kRs256 && *alg != kRs512) || kid == header.end() ||
      !kid->is_string() || header.contains("crit")) {
    return std::nullopt;
  }
  return Signing{kid->get<std::string>(), alg->get<std::string>()};
}

// The payload of a token whose signature holds.
std::optional<std::pair<Signing, nlohmann::json>> Open(std::string_view token, const KeySet& keys) {
  std::optional<Parts> parts = Split(token);
  std::optional<nlohmann::json> header = parts ? ParseObject(parts->header) : std::nullopt;
  std::optional<Signing> signing = header ? SigningOf(*header) : std::nullopt;
  std::optional<std::string> signature = parts ? FromBase64Url(parts->signature) : std::nullopt;
  if (!signing || !signature ||
      !keys.VerifySignature(signing->kid, signing->alg, parts->signed_text, *signature)) {
    return std::nullopt;
  }
  std::optional<nlohmann::json> payload = ParseObject(parts->payload);
  if (!payload) {
    return std::nullopt;
  }
  return std::pair(*std::move(signing), *std::move(payload));
}

// A NumericDate (RFC 7519 section 2). Absent leaves `time` alone; false on another type.
bool ReadTime(const nlohmann::json& claims, const char* name, std::optional<absl::Time>& time) {
  auto claim = claims.find(name);
  if (claim == claims.end()) {
    return true;
  }
  if (!claim->is_number()) {
    return false;
  }
  const double seconds = claim->get<double>();
  if (!std::isfinite(seconds) || std::abs(seconds) > 1e12) {
    return false;
  }
  time = absl::UnixEpoch() + absl::Seconds(seconds);
  return true;
}

bool ReadText(const nlohmann::json& claims, const char* name, std::string& text) {
  auto claim = claims.find(name);
  if (claim == claims.end()) {
    return true;
  }
  if (!claim->is_string()) {
    return false;
  }
  text = claim->get<std::string>();
  return true;
}

bool ReadSubject(const nlohmann::json& claims, std::string& subject) {
  auto claim = claims.find("sub");
  if (claim != claims.end() && claim->is_number_integer()) {
    subject = claim->dump();
    return true;
  }
  return ReadText(claims, "sub", subject) && !subject.empty();
}

}  // namespace

absl::Status TokenRefused(std::string_view message) {
  return Error(absl::StatusCode::kUnauthenticated, ErrorReason::TOKEN_INVALID, message);
}

// RFC 7638: SHA-256 of the required members in lexical order without white space.
std::string Thumbprint(const Jwk& jwk) {
  const std::string text = R"({"e":")" + jwk.e + R"(","kty":"RSA","n":")" + jwk.n + R"("})";
  return Base64Url(Sha256(text));
}

SigningKey::SigningKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {
  jwk_.n = PublicNumber(key_.get(), OSSL_PKEY_PARAM_RSA_N);
  jwk_.e = PublicNumber(key_.get(), OSSL_PKEY_PARAM_RSA_E);
  jwk_.kid = Thumbprint(jwk_);
}

absl::StatusOr<SigningKey> SigningKey::Generate(int bits) {
  if (bits < kMinBits || bits > 4096) {
    return absl::InvalidArgumentError("an RSA key has 2048 to 4096 bits");
  }
  std::shared_ptr<EVP_PKEY> key = Own(EVP_RSA_gen(static_cast<unsigned>(bits)));
  if (key == nullptr) {
    return absl::InternalError("cannot generate an RSA key");
  }
  return SigningKey(std::move(key));
}

absl::StatusOr<SigningKey> SigningKey::FromPem(const std::string& pem) {
  Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  // Without the callback OpenSSL would ask the terminal for the passphrase of an encrypted key.
  std::shared_ptr<EVP_PKEY> key = Own(PEM_read_bio_PrivateKey(
      bio.get(), nullptr, [](char*, int, int, void*) { return -1; }, nullptr));
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) {
    return absl::InvalidArgumentError("not an unencrypted RSA private key in PEM");
  }
  const int bits = EVP_PKEY_get_bits(key.get());
  if (bits < kMinBits || bits > kMaxBits) {
    return absl::InvalidArgumentError("an RSA key needs 2048 bits or more");
  }
  return SigningKey(std::move(key));
}

absl::StatusOr<std::string> SigningKey::ToPem() const {
  Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
  if (PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
      1) {
    return absl::InternalError("cannot write the RSA key");
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, size);
}

absl::StatusOr<std::string> Sign(const SigningKey& key, const nlohmann::json& claims) {
  const nlohmann::json header = {{"alg", "RS256"}, {"kid", key.kid()}, {"typ", "JWT"}};
  const std::string text = Base64Url(header.dump()) + "." + Base64Url(claims.dump());
  DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.key_.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1) {
    return absl::InternalError("cannot sign");
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     bytes, text.size()) != 1) {
    return absl::InternalError("cannot sign");
  }
  signature.resize(size);
  return text + "." + Base64Url(signature);
}

absl::StatusOr<KeySet> KeySet::FromJwks(const std::vector<Jwk>& keys) {
  KeySet set;
  for (const Jwk& jwk : keys) {
    std::shared_ptr<EVP_PKEY> key = PublicKey(jwk);
    if (key == nullptr || jwk.kid.empty()) {
      return absl::InvalidArgumentError("key " + jwk.kid + " is no usable RSA public key");
    }
    set.keys_[jwk.kid] = std::move(key);
  }
  return set;
}

bool KeySet::Covers(const KeySet& other) const {
  for (const auto& [kid, key] : other.keys_) {
    if (!Contains(kid)) {
      return false;
    }
  }
  return true;
}

bool KeySet::VerifySignature(std::string_view kid, std::string_view alg,
                             std::string_view signed_text, std::string_view signature) const {
  auto key = keys_.find(kid);
  if (key == keys_.end() || (alg != kRs256 && alg != kRs512)) {
    return false;
  }
  const EVP_MD* digest = alg == kRs256 ? EVP_sha256() : EVP_sha512();
  DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  return EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key->second.get()) == 1 &&
         EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                          signature.size(),
                          reinterpret_cast<const unsigned char*>(signed_text.data()),
                          signed_text.size()) == 1;
}

absl::StatusOr<Claims> Verify(std::string_view token, const KeySet& keys, absl::Time now,
                              absl::Duration leeway) {
  auto opened = Open(token, keys);
  if (!opened || opened->first.alg != kRs256) {
    return Invalid();
  }
  nlohmann::json* const raw = &opened->second;

  Claims claims;
  std::optional<absl::Time> issued;
  std::optional<absl::Time> not_before;
  std::optional<absl::Time> expires;
  if (!ReadTime(*raw, "iat", issued) || !ReadTime(*raw, "nbf", not_before) ||
      !ReadTime(*raw, "exp", expires) || !expires) {
    return BadClaims();
  }
  if (*expires <= now - leeway) {
    return TokenRefused("Token has expired");
  }
  if ((not_before && *not_before > now + leeway) || !ReadSubject(*raw, claims.subject) ||
      !ReadText(*raw, "role", claims.role) || !ReadText(*raw, "fam", claims.family) ||
      !ReadText(*raw, "jti", claims.jti)) {
    return BadClaims();
  }
  claims.issued = issued.value_or(absl::InfinitePast());
  claims.expires = *expires;
  claims.raw = std::move(*raw);
  return claims;
}

absl::StatusOr<SignedClaims> VerifySigned(std::string_view token, const KeySet& keys,
                                          absl::Time now) {
  auto opened = Open(token, keys);
  if (!opened) {
    return Invalid();
  }
  std::optional<absl::Time> not_before;
  std::optional<absl::Time> expires;
  if (!ReadTime(opened->second, "nbf", not_before) || !ReadTime(opened->second, "exp", expires) ||
      (not_before && *not_before > now)) {
    return BadClaims();
  }
  if (expires && *expires <= now) {
    return TokenRefused("Token has expired");
  }
  return SignedClaims{.kid = std::move(opened->first.kid), .claims = std::move(opened->second)};
}

std::string KeyIdOf(std::string_view token) {
  std::optional<Parts> parts = Split(token);
  std::optional<nlohmann::json> header = parts ? ParseObject(parts->header) : std::nullopt;
  std::optional<Signing> signing = header ? SigningOf(*header) : std::nullopt;
  return signing ? signing->kid : "";
}

}  // namespace jobmesh::runtime::auth
