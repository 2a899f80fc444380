#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

#include "runtime/auth/jwt.h"
#include "runtime/auth/token_verifier.h"
#include "runtime/rpc/call_context.h"

namespace jobmesh::scraper::imports {

// Who created a job.
struct Creator {
  std::string user_id;
  std::string first_name;
  std::string last_name;
};

struct JobAuthOptions {
  bool enabled = true;                 // JWT_AUTH
  std::string audience = "datastore";  // one of the token's
};

// Who may create and change import jobs: data administrators, by a token of our own issuer or of
// another whose keys are at JWKS_URL. Thread-safe. Errors: UNAUTHENTICATED; UNAVAILABLE without
// keys.
class JobAuth {
 public:
  // `keys` must outlive it.
  JobAuth(runtime::auth::TokenVerifier& keys, JobAuthOptions options)
      : keys_(keys), options_(std::move(options)) {}

  // The person behind two tokens, both of one person: `authorization` (bearer or cookie), which
  // gives the right, and the cookie `user-info`, which gives the name.
  absl::StatusOr<Creator> CheckCreator(const runtime::rpc::CallContext& call) const;
  // The first of the two tokens alone. PERMISSION_DENIED for other people's.
  absl::Status CheckDataAdmin(const runtime::rpc::CallContext& call) const;

 private:
  // Claims of the first token. Rights that are missing are PERMISSION_DENIED.
  absl::StatusOr<runtime::auth::SignedClaims> Authorize(std::string_view token) const;
  absl::StatusOr<runtime::auth::SignedClaims> Open(std::string_view token) const;

  runtime::auth::TokenVerifier& keys_;
  const JobAuthOptions options_;
};

// A cookie of the header `cookie`; "" when there is none.
std::string CookieOf(std::string_view header, std::string_view name);

}  // namespace jobmesh::scraper::imports
