#include "user-service/accounts/token_command.h"

#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "nlohmann/json.hpp"

#include "runtime/status_macros.h"
#include "user-service/accounts/account_repository.h"
#include "user-service/accounts/key_store.h"
#include "user-service/accounts/token_issuer.h"
#include "user-service/accounts/token_repository.h"

namespace jobmesh::user {
namespace {

absl::Status SetOption(TokenRequest& request, const std::string& option, const std::string& value) {
  if (option == "--first-name") {
    request.first_name = value;
  } else if (option == "--last-name") {
    request.last_name = value;
  } else if (option == "--user-id") {
    int id = 0;
    if (!absl::SimpleAtoi(value, &id) || id <= 0) {
      return absl::InvalidArgumentError("--user-id takes a positive integer");
    }
    request.user_id = id;
  } else {
    return absl::InvalidArgumentError("unknown option " + option);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TokenRequest> ParseTokenArguments(std::span<char* const> arguments) {
  TokenRequest request;
  if (!arguments.empty()) {
    request.role = absl::AsciiStrToUpper(arguments[0]);
  }
  if (request.role != "USER" && request.role != "ADMIN" && request.role != "DATA_ADMIN" &&
      request.role != "RESEARCHER") {
    return absl::InvalidArgumentError("the role must be USER, ADMIN, DATA_ADMIN or RESEARCHER");
  }
  for (size_t i = 1; i < arguments.size(); i += 2) {
    if (i + 1 == arguments.size()) {
      return absl::InvalidArgumentError(std::string(arguments[i]) + " takes a value");
    }
    RETURN_IF_ERROR(SetOption(request, arguments[i], arguments[i + 1]));
  }
  return request;
}

absl::StatusOr<std::string> MakeTokens(runtime::postgres::Pool& pool, const TokenRequest& request) {
  AccountRepository accounts(pool);
  TokenRepository tokens(pool);
  KeyStore keys(pool);
  TokenIssuer issuer(keys);
  int user_id = request.user_id.value_or(0);
  if (!request.user_id) {
    ASSIGN_OR_RETURN(user_id, accounts.EnsureRoleAccount(request.role));
  }
  // Of a family, so that it can be revoked; its refresh token is never shown.
  ASSIGN_OR_RETURN(const RefreshGrant grant,
                   tokens.Open(user_id, request.role, kMaxAccessTokenLife));
  ASSIGN_OR_RETURN(const std::string authorization,
                   issuer.AccessToken({user_id, request.role, grant.family}, kMaxAccessTokenLife));
  ASSIGN_OR_RETURN(
      const std::string user_info,
      issuer.UserInfoToken(user_id, request.first_name, request.last_name, kMaxAccessTokenLife));
  return nlohmann::json({{"authorization", authorization}, {"user_info", user_info}}).dump();
}

}  // namespace jobmesh::user
