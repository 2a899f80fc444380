#include "gateway/session/request_session.h"

#include <utility>

#include "absl/strings/match.h"

#include "gateway/session/cached_call.h"
#include "gateway/session/call_headers.h"
#include "gateway/session/error_response.h"
#include "gateway/session/idempotent_call.h"
#include "gateway/session/response_body.h"
#include "gateway/session/routed_request.h"
#include "gateway/transcode/request_builder.h"
#include "runtime/errors.h"
#include "runtime/status_macros.h"

namespace jobmesh::gateway::session {
namespace {

using routes::MethodPolicy;
using routes::Route;

constexpr char kJson[] = "application/json";

// Whether a body may be read as JSON: without a type it is taken for JSON, as curl users expect of
// an API.
bool IsJson(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  return type.empty() || http::EqualsIgnoreCase(type, kJson) ||
         absl::EndsWithIgnoreCase({type.data(), type.size()}, "+json");
}

// What curl calls the body of `-d`.
bool IsForm(std::string_view content_type) {
  return http::EqualsIgnoreCase(content_type.substr(0, content_type.find(';')),
                                "application/x-www-form-urlencoded");
}

class RequestSession : public std::enable_shared_from_this<RequestSession> {
 public:
  explicit RequestSession(std::shared_ptr<RoutedRequest> routed) : routed_(std::move(routed)) {}

  void Start() {
    const options::v1::Auth auth = policy().auth;
    if (auth == options::v1::PUBLIC) {
      Call();
      return;
    }
    // Checking a token may have to wait for keys.
    const bool accepted = gateway().workers().Submit([self = shared_from_this(), auth] {
      absl::Status status = self->Authenticate(auth);
      if (absl::IsUnauthenticated(status)) {
        // Guessing tokens is limited too.
        const absl::Status attempt =
            self->gateway().traffic().CountAttempt(self->routed_->ClientName());
        status = attempt.ok() ? status : attempt;
      }
      status.ok() ? self->Call() : self->routed_->Fail(status);
    });
    if (!accepted) {
      routed_->Fail(absl::UnavailableError("Too many requests are waiting; try again shortly"));
    }
  }

 private:
  Gateway& gateway() const { return routed_->gateway(); }
  const Route& route() const { return routed_->route(); }
  const MethodPolicy& policy() const { return routed_->policy(); }

  absl::Status Authenticate(options::v1::Auth auth) {
    if (routed_->token().empty()) {
      return runtime::Error(absl::StatusCode::kUnauthenticated, runtime::ErrorReason::TOKEN_INVALID,
                            "Sign in first: no token was sent");
    }
    // The service checks the role again; here it only saves a call.
    ASSIGN_OR_RETURN(const runtime::auth::Principal principal,
                     gateway().verifier().Verify(routed_->token()));
    routed_->set_principal(principal);
    const bool allowed = auth == options::v1::USER ||
                         (auth == options::v1::ADMIN && principal.IsAdmin()) ||
                         (auth == options::v1::DATA_ADMIN && principal.IsDataAdmin());
    return allowed ? absl::OkStatus()
                   : runtime::Error(absl::StatusCode::kPermissionDenied,
                                    runtime::ErrorReason::NOT_PERMITTED,
                                    "Your role does not allow this");
  }

  absl::StatusOr<std::string> BuildRequest() {
    const http::Request& request = routed_->request();
    const transcode::ParseOptions options{.unknown_fields = policy().unknown_fields};
    transcode::RequestBuilder builder(*route().request, route().body, options);
    RETURN_IF_ERROR(
        builder.SetBody(request.headers.Find("content-type").value_or(""), request.body));
    for (const routes::PathVariable& variable : routed_->match().variables) {
      RETURN_IF_ERROR(builder.BindPath(*variable.field, variable.value));
    }
    if (route().body.kind != transcode::BodyRule::Kind::kWhole) {
      RETURN_IF_ERROR(builder.BindQuery(request.query(), {}));
    }
    std::string wire;
    builder.Finish(&wire);
    return wire;
  }

  void Call() {
    const http::Request& request = routed_->request();
    if (route().body.kind != transcode::BodyRule::Kind::kNone && !request.body.empty() &&
        !IsJson(request.headers.Find("content-type").value_or("")) &&
        !(policy().form_is_json && IsForm(request.headers.Find("content-type").value_or("")))) {
      routed_->Answer(ErrorResponse(
          absl::InvalidArgumentError("The body must be JSON: Content-Type: application/json"),
          policy().error_style, 415));
      return;
    }
    if (policy().client_streaming || policy().server_streaming) {
      routed_->Fail(absl::UnimplementedError("Streams are offered as WebSockets only"));
      return;
    }
    absl::StatusOr<std::string> wire = BuildRequest();
    if (!wire.ok()) {
      routed_->Fail(wire.status());
      return;
    }
    if (IsCached(route())) {
      CallCached(routed_, *std::move(wire));
      return;
    }
    if (!routed_->Admit()) {
      return;
    }
    if (request.method == "POST" && request.headers.Find("idempotency-key")) {
      // Not cancelled when the client goes away: whoever comes back with the key is to find the
      // answer.
      CallOnce(routed_, *std::move(wire), [self = shared_from_this()](std::string message) {
        self->Send(std::move(message));
      });
      return;
    }
    routed_->exchange().OnCancel(Send(*std::move(wire)));
  }

  runtime::rpc::CancelCall Send(std::string wire) {
    const http::Request& request = routed_->request();
    runtime::rpc::CallOptions options{
        .timeout = absl::FromChrono(policy().deadline),
        .idempotent = policy().IsIdempotent(request.method),
        .headers = CallHeaders(request, routed_->token(), routed_->request_id(), routed_->trace())};
    AddCookies(request, policy().forward_cookies, options.headers);
    return gateway()
        .ClientOf(route().owner)
        .CallRaw(route().rpc.substr(1), std::move(wire), options,
                 [self = shared_from_this()](runtime::rpc::RawResult result) {
                   self->Translate(std::move(result));
                 });
  }

  void Translate(runtime::rpc::RawResult result) {
    if (!result.status.ok()) {
      http::Response response =
          ErrorResponse(result.status, policy().error_style, policy().invalid_status);
      AddAnswerHeaders(result.headers, response);
      routed_->Answer(std::move(response));
      return;
    }
    absl::StatusOr<std::string> body = ResponseBody(route(), result.body);
    if (!body.ok()) {
      routed_->Fail(body.status());
      return;
    }
    http::Response response = http::MakeResponse(policy().success_status, kJson, *std::move(body));
    AddAnswerHeaders(result.headers, response);
    if (!response.headers.Find("cache-control")) {
      response.headers.Add("Cache-Control", "no-store");
    }
    routed_->Answer(std::move(response));
  }

  const std::shared_ptr<RoutedRequest> routed_;
};

}  // namespace

void StartRequest(Gateway& gateway, std::shared_ptr<http::Exchange> exchange,
                  std::shared_ptr<const routes::Catalog> catalog, routes::RouteMatch match,
                  policy::LoadShedder::Ticket ticket) {
  std::make_shared<RequestSession>(
      std::make_shared<RoutedRequest>(gateway, std::move(exchange), std::move(catalog),
                                      std::move(match), std::move(ticket)))
      ->Start();
}

}  // namespace jobmesh::gateway::session
