#include "user-service/accounts/account_handlers.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "user-service/accounts/credentials.h"
#include "user-service/accounts/edge_headers.h"

namespace jobmesh::user {
namespace {

namespace v1 = accounts::v1;
using runtime::rpc::CallContext;

// Sign-up, log-in and refresh answer alike.
template <class Response>
Response ToResponse(const CallContext& call, const char* message, SignedIn signed_in) {
  SetTokenCookie(call, signed_in.access_token, absl::Seconds(signed_in.expires_in_seconds));
  Response response;
  response.set_msg(message);
  response.set_user_id(signed_in.user_id);
  response.set_websocket(WebSocketUrl(call));
  response.set_access_token(std::move(signed_in.access_token));
  response.set_refresh_token(std::move(signed_in.refresh_token));
  response.set_token_type("Bearer");
  response.set_expires_in(signed_in.expires_in_seconds);
  return response;
}

absl::Status RequireText(const char* field, const std::string& value) {
  return value.empty() ? runtime::InvalidField(field, "is required") : absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::SignUpResponse> AccountHandlers::SignUp(const CallContext& call,
                                                           const v1::SignUpRequest& request) {
  RETURN_IF_ERROR(ValidateName(request.name()));
  RETURN_IF_ERROR(ValidateEmail(request.email()));
  RETURN_IF_ERROR(ValidatePassword(request.password()));
  ASSIGN_OR_RETURN(SignedIn signed_in,
                   sign_in_.SignUp(request.email(), request.name(), request.password()));
  return ToResponse<v1::SignUpResponse>(call, "Successful sign up", std::move(signed_in));
}

absl::StatusOr<v1::LoginResponse> AccountHandlers::Login(const CallContext& call,
                                                         const v1::LoginRequest& request) {
  RETURN_IF_ERROR(RequireText("email", request.email()));
  RETURN_IF_ERROR(RequireText("password", request.password()));
  ASSIGN_OR_RETURN(SignedIn signed_in,
                   sign_in_.Login(request.email(), request.password(), ClientAddress(call)));
  return ToResponse<v1::LoginResponse>(call, "Successful login", std::move(signed_in));
}

absl::StatusOr<v1::RefreshResponse> AccountHandlers::Refresh(const CallContext& call,
                                                             const v1::RefreshRequest& request) {
  RETURN_IF_ERROR(RequireText("refresh_token", request.refresh_token()));
  ASSIGN_OR_RETURN(SignedIn signed_in, sign_in_.Refresh(request.refresh_token()));
  return ToResponse<v1::RefreshResponse>(call, "Successful refresh", std::move(signed_in));
}

absl::StatusOr<v1::LogOutResponse> AccountHandlers::LogOut(const CallContext& call,
                                                           const v1::LogOutRequest& request) {
  RETURN_IF_ERROR(tokens_.RequireLive(*call.principal()));
  RETURN_IF_ERROR(sign_in_.LogOut(*call.principal(), request.refresh_token()));
  SetTokenCookie(call, "", absl::ZeroDuration());
  v1::LogOutResponse response;
  response.set_msg("Logged out");
  return response;
}

std::unique_ptr<runtime::rpc::Service> AccountHandlers::MakeService(AccountHandlers* handlers) {
  auto service = std::make_unique<runtime::rpc::Service>("jobmesh.accounts.v1.AccountService");
  service->Unary("SignUp", handlers, &AccountHandlers::SignUp)
      .Unary("Login", handlers, &AccountHandlers::Login)
      .Unary("Refresh", handlers, &AccountHandlers::Refresh)
      .Unary("LogOut", handlers, &AccountHandlers::LogOut);
  return service;
}

}  // namespace jobmesh::user
