#pragma once

#include <memory>

#include "absl/status/statusor.h"

#include "jobmesh/accounts/v1/accounts.pb.h"
#include "runtime/rpc/call_context.h"
#include "runtime/rpc/service.h"
#include "user-service/accounts/sign_in.h"

namespace jobmesh::user {

// jobmesh.accounts.v1.AccountService. Thread-safe.
class AccountHandlers {
 public:
  AccountHandlers(SignIn& sign_in, TokenRepository& tokens) : sign_in_(sign_in), tokens_(tokens) {}

  absl::StatusOr<accounts::v1::SignUpResponse> SignUp(const runtime::rpc::CallContext& call,
                                                      const accounts::v1::SignUpRequest& request);
  absl::StatusOr<accounts::v1::LoginResponse> Login(const runtime::rpc::CallContext& call,
                                                    const accounts::v1::LoginRequest& request);
  absl::StatusOr<accounts::v1::RefreshResponse> Refresh(
      const runtime::rpc::CallContext& call, const accounts::v1::RefreshRequest& request);
  absl::StatusOr<accounts::v1::LogOutResponse> LogOut(const runtime::rpc::CallContext& call,
                                                      const accounts::v1::LogOutRequest& request);

  // `handlers` must outlive the service.
  static std::unique_ptr<runtime::rpc::Service> MakeService(AccountHandlers* handlers);

 private:
  SignIn& sign_in_;
  TokenRepository& tokens_;
};

}  // namespace jobmesh::user
