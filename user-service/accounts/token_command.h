#pragma once

#include <optional>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "runtime/postgres/pool.h"

namespace jobmesh::user {

// Arguments of `user-service token ROLE [--user-id N --first-name F --last-name L]`.
struct TokenRequest {
  std::string role;
  std::optional<int> user_id;
  std::string first_name = "Test";
  std::string last_name = "User";
};

// INVALID_ARGUMENT that says what is wrong.
absl::StatusOr<TokenRequest> ParseTokenArguments(std::span<char* const> arguments);

// `{"authorization":"<jwt>","user_info":"<jwt>"}` with both tokens valid for kMaxAccessTokenLife.
// Without a user id the tokens speak for an account of the role that is kept for this and that
// nobody can log in to.
absl::StatusOr<std::string> MakeTokens(runtime::postgres::Pool& pool, const TokenRequest& request);

}  // namespace jobmesh::user
