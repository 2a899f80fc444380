#include "scraper-service/imports/job_auth.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "runtime/strings.h"
#include "scraper-service/access/caller_check.h"

namespace jobmesh::scraper::imports {
namespace {

using nlohmann::json;
using runtime::ErrorReason;
using runtime::auth::SignedClaims;

constexpr char kUuid[] = "user/uuid";
constexpr char kRole[] = "accreditation/role";
constexpr char kDataAdministrator[] = "role/dataadministrator";

absl::Status Unauthorized(std::string_view text) {
  return runtime::Error(absl::StatusCode::kUnauthenticated, ErrorReason::TOKEN_INVALID, text);
}

absl::Status Forbidden(std::string_view text) {
  return runtime::Error(absl::StatusCode::kPermissionDenied, ErrorReason::NOT_PERMITTED, text);
}

absl::Status NoToken(const char* which) {
  return Unauthorized(absl::StrCat("Unauthorized. No ", which, " token was provided"));
}

// A claim that is a text, or a number as text.
std::string ClaimText(const json& claims, const char* name) {
  const auto claim = claims.find(name);
  if (claim == claims.end()) {
    return "";
  }
  return claim->is_string()           ? claim->get<std::string>()
         : claim->is_number_integer() ? claim->dump()
                                      : "";
}

bool HasAudience(const json& claims, const std::string& audience) {
  const auto claim = claims.find("aud");
  if (claim == claims.end()) {
    return false;
  }
  return *claim == audience ||
         (claim->is_array() && std::ranges::find(*claim, json(audience)) != claim->end());
}

}  // namespace

std::string CookieOf(std::string_view header, std::string_view name) {
  for (const absl::string_view cookie : absl::StrSplit(runtime::Av(header), ';')) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(cookie, absl::MaxSplits('=', 1));
    if (absl::StripAsciiWhitespace(pair.first) == runtime::Av(name)) {
      return std::string(absl::StripAsciiWhitespace(pair.second));
    }
  }
  return "";
}

absl::StatusOr<SignedClaims> JobAuth::Open(std::string_view token) const {
  ASSIGN_OR_RETURN(auto keys, keys_.KeysFor(runtime::auth::KeyIdOf(token)));
  absl::StatusOr<SignedClaims> opened = runtime::auth::VerifySigned(token, *keys, absl::Now());
  if (absl::IsUnauthenticated(opened.status())) {
    return Unauthorized(absl::StrCat("Unauthorized: ", opened.status().message()));
  }
  return opened;
}

absl::StatusOr<SignedClaims> JobAuth::Authorize(std::string_view token) const {
  ASSIGN_OR_RETURN(SignedClaims opened, Open(token));
  const json& claims = opened.claims;
  if (!claims.contains("exp")) {
    return Unauthorized("Unauthorized: the token has no exp");
  }
  if (const std::string family = ClaimText(claims, "fam"); !family.empty()) {
    RETURN_IF_ERROR(keys_.CheckRevoked(family));
  }
  if (!HasAudience(claims, options_.audience)) {
    return Forbidden(absl::StrCat("Unauthorized: the token is not meant for ", options_.audience));
  }
  for (const char* name : {"sub", kRole, kUuid}) {
    if (ClaimText(claims, name).empty()) {
      return Forbidden(absl::StrCat("Unauthorized: the token has no ", name));
    }
  }
  if (const std::string role = ClaimText(claims, kRole); role != kDataAdministrator) {
    return Forbidden(absl::StrCat("Can't start job with role: ", role));
  }
  return opened;
}

absl::StatusOr<Creator> JobAuth::CheckCreator(const runtime::rpc::CallContext& call) const {
  if (!options_.enabled) {
    return Creator{"1234-1234-1234-1234", "Test", "User"};
  }
  const std::string_view token = BearerOf(call);
  if (token.empty()) {
    return NoToken("authorization");
  }
  const std::string person_token = CookieOf(call.Header("cookie"), "user-info");
  if (person_token.empty()) {
    return NoToken("user info");
  }
  absl::StatusOr<SignedClaims> right = Authorize(token);
  if (absl::IsPermissionDenied(right.status())) {
    const absl::string_view text = right.status().message();
    return Unauthorized({text.data(), text.size()});
  }
  RETURN_IF_ERROR(right.status());
  ASSIGN_OR_RETURN(const SignedClaims person, Open(person_token));
  if (person.kid != right->kid) {
    return Unauthorized("Unauthorized: the tokens are signed with different keys");
  }
  for (const char* name : {kUuid, "user/firstName", "user/lastName"}) {
    if (ClaimText(person.claims, name).empty()) {
      return Unauthorized(absl::StrCat("Unauthorized: the user info token has no ", name));
    }
  }
  if (ClaimText(person.claims, kUuid) != ClaimText(right->claims, kUuid)) {
    return Unauthorized("Token mismatch");
  }
  return Creator{ClaimText(person.claims, kUuid), ClaimText(person.claims, "user/firstName"),
                 ClaimText(person.claims, "user/lastName")};
}

absl::Status JobAuth::CheckDataAdmin(const runtime::rpc::CallContext& call) const {
  if (!options_.enabled) {
    return absl::OkStatus();
  }
  const std::string_view token = BearerOf(call);
  return token.empty() ? NoToken("authorization") : Authorize(token).status();
}

}  // namespace jobmesh::scraper::imports
