#include "gateway/session/request_session.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "gateway/session/call_headers.h"
#include "gateway/session/error_response.h"
#include "gateway/session/routed_request.h"
#include "gateway/transcode/request_builder.h"
#include "gateway/transcode/wire_to_json.h"
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

class RequestSession : public std::enable_shared_from_this<RequestSession> {
 public:
  explicit RequestSession(std::shared_ptr<const RoutedRequest> routed)
      : routed_(std::move(routed)) {}

  void Start() {
    const options::v1::Auth auth = policy().auth;
    if (auth == options::v1::PUBLIC) {
      Call();
      return;
    }
    // Checking a token may have to wait for keys.
    const bool accepted = gateway().workers().Submit([self = shared_from_this(), auth] {
      absl::Status status = self->Authenticate(auth);
      status.ok() ? self->Call() : self->routed_->Fail(status);
    });
    if (!accepted) {
      routed_->Fail(
          absl::ResourceExhaustedError("Too many requests are waiting; try again shortly"));
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
        !IsJson(request.headers.Find("content-type").value_or(""))) {
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
    runtime::rpc::CallOptions options{
        .timeout = absl::FromChrono(policy().deadline),
        .idempotent = policy().IsIdempotent(request.method),
        .headers = CallHeaders(request, routed_->token(), routed_->request_id(), routed_->trace())};
    runtime::rpc::CancelCall cancel =
        gateway()
            .ClientOf(route().owner)
            .CallRaw(route().rpc.substr(1), *std::move(wire), options,
                     [self = shared_from_this()](runtime::rpc::RawResult result) {
                       self->Translate(std::move(result));
                     });
    routed_->exchange().OnCancel(std::move(cancel));
  }

  void Translate(runtime::rpc::RawResult result) {
    if (!result.status.ok()) {
      http::Response response =
          ErrorResponse(result.status, policy().error_style, policy().invalid_status);
      AddAnswerHeaders(result.headers, response);
      routed_->Answer(std::move(response));
      return;
    }
    http::Response response;
    response.status = policy().success_status;
    const absl::Status printed =
        route().response_field == nullptr
            ? transcode::WireToJson(*route().response, result.body, {}, &response.body)
            : transcode::WireFieldToJson(*route().response, *route().response_field, result.body,
                                         {}, &response.body);
    if (!printed.ok()) {
      routed_->Fail(printed);
      return;
    }
    response.headers.Add("Content-Type", kJson);
    AddAnswerHeaders(result.headers, response);
    if (!response.headers.Find("cache-control")) {
      const auto max_age = policy().cache_max_age.count();
      const bool is_public = policy().auth == options::v1::PUBLIC && max_age > 0;
      response.headers.Add("Cache-Control",
                           is_public ? absl::StrCat("public, max-age=", max_age) : "no-store");
    }
    routed_->Answer(std::move(response));
  }

  const std::shared_ptr<const RoutedRequest> routed_;
};

}  // namespace

void StartRequest(Gateway& gateway, std::shared_ptr<http::Exchange> exchange,
                  std::shared_ptr<const routes::Catalog> catalog, routes::RouteMatch match) {
  std::make_shared<RequestSession>(
      std::make_shared<const RoutedRequest>(gateway, std::move(exchange), std::move(catalog),
                                            std::move(match)))
      ->Start();
}

}  // namespace jobmesh::gateway::session
