#include "user-service/accounts/token_issuer.h"

#include "absl/time/clock.h"
#include "nlohmann/json.hpp"

#include "runtime/status_macros.h"
#include "runtime/telemetry/trace.h"

namespace jobmesh::user {
namespace {

nlohmann::json BasicClaims(absl::Duration life) {
  const int64_t now = absl::ToUnixSeconds(absl::Now());
  return {{"iss", "jobmesh"},
          {"jti", runtime::telemetry::RandomHex(16)},
          {"iat", now},
          {"exp", now + absl::ToInt64Seconds(life)}};
}

}  // namespace

absl::StatusOr<std::string> TokenIssuer::AccessToken(const TokenSubject& subject,
                                                     absl::Duration life) {
  nlohmann::json claims = BasicClaims(life);
  const std::string id = std::to_string(subject.user_id);
  claims["sub"] = id;
  claims["role"] = subject.role;
  claims["fam"] = subject.family;
  claims["aud"] = {"jobmesh"};
  if (subject.role != "USER") {
    claims["aud"].push_back("datastore");
    claims["accreditation/role"] =
        subject.role == "RESEARCHER" ? "role/researcher" : "role/dataadministrator";
    claims["user/uuid"] = id;
  }
  ASSIGN_OR_RETURN(const runtime::auth::SigningKey key, keys_.Current());
  return runtime::auth::Sign(key, claims);
}

absl::StatusOr<std::string> TokenIssuer::UserInfoToken(int user_id, const std::string& first_name,
                                                       const std::string& last_name,
                                                       absl::Duration life) {
  nlohmann::json claims = BasicClaims(life);
  claims["user/uuid"] = std::to_string(user_id);
  claims["user/firstName"] = first_name;
  claims["user/lastName"] = last_name;
  ASSIGN_OR_RETURN(const runtime::auth::SigningKey key, keys_.Current());
  return runtime::auth::Sign(key, claims);
}

}  // namespace jobmesh::user
