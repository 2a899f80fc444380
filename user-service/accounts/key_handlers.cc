#include "user-service/accounts/key_handlers.h"

#include "runtime/status_macros.h"

namespace jobmesh::user {

namespace keys_v1 = identity::v1;
using runtime::rpc::CallContext;

absl::StatusOr<keys_v1::ListKeysResponse> KeyHandlers::ListKeys(
    const CallContext& /*call*/, const keys_v1::ListKeysRequest& /*request*/) {
  ASSIGN_OR_RETURN(std::vector<runtime::auth::Jwk> keys, keys_.List());
  keys_v1::ListKeysResponse response;
  for (runtime::auth::Jwk& jwk : keys) {
    keys_v1::Key& key = *response.add_keys();
    key.set_kty("RSA");
    key.set_kid(std::move(jwk.kid));
    key.set_use("sig");
    key.set_alg("RS256");
    key.set_n(std::move(jwk.n));
    key.set_e(std::move(jwk.e));
  }
  return response;
}

absl::StatusOr<keys_v1::ListRevocationsResponse> KeyHandlers::ListRevocations(
    const CallContext& /*call*/, const keys_v1::ListRevocationsRequest& /*request*/) {
  ASSIGN_OR_RETURN(std::vector<std::string> families, tokens_.ListRevokedFamilies());
  keys_v1::ListRevocationsResponse response;
  for (std::string& family : families) {
    response.add_families(std::move(family));
  }
  return response;
}

absl::StatusOr<keys_v1::CheckUserResponse> KeyHandlers::CheckUser(
    const CallContext& /*call*/, const keys_v1::CheckUserRequest& request) {
  RETURN_IF_ERROR(accounts_.RequireExists(request.user_id()));
  return keys_v1::CheckUserResponse();
}

std::unique_ptr<runtime::rpc::Service> KeyHandlers::MakeService(KeyHandlers* handlers) {
  auto service = std::make_unique<runtime::rpc::Service>("jobmesh.identity.v1.KeyService");
  service->Unary("ListKeys", handlers, &KeyHandlers::ListKeys)
      .Unary("ListRevocations", handlers, &KeyHandlers::ListRevocations)
      .Unary("CheckUser", handlers, &KeyHandlers::CheckUser);
  return service;
}

}  // namespace jobmesh::user
