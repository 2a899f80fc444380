#pragma once

#include <memory>

#include "absl/status/statusor.h"

#include "jobmesh/identity/v1/keys.pb.h"
#include "runtime/rpc/call_context.h"
#include "runtime/rpc/service.h"
#include "user-service/accounts/account_repository.h"
#include "user-service/accounts/key_store.h"
#include "user-service/accounts/token_repository.h"

namespace jobmesh::user {

// jobmesh.identity.v1.KeyService. Thread-safe.
class KeyHandlers {
 public:
  KeyHandlers(KeyStore& keys, TokenRepository& tokens, AccountRepository& accounts)
      : keys_(keys), tokens_(tokens), accounts_(accounts) {}

  absl::StatusOr<identity::v1::ListKeysResponse> ListKeys(
      const runtime::rpc::CallContext& call, const identity::v1::ListKeysRequest& request);
  absl::StatusOr<identity::v1::ListRevocationsResponse> ListRevocations(
      const runtime::rpc::CallContext& call, const identity::v1::ListRevocationsRequest& request);
  absl::StatusOr<identity::v1::CheckUserResponse> CheckUser(
      const runtime::rpc::CallContext& call, const identity::v1::CheckUserRequest& request);

  // `handlers` must outlive the service.
  static std::unique_ptr<runtime::rpc::Service> MakeService(KeyHandlers* handlers);

 private:
  KeyStore& keys_;
  TokenRepository& tokens_;
  AccountRepository& accounts_;
};

}  // namespace jobmesh::user
