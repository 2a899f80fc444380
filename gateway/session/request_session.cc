#include "gateway/session/request_session.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "gateway/session/call_headers.h"
#include "gateway/session/error_response.h"
#include "gateway/transcode/request_builder.h"
#include "gateway/transcode/wire_to_json.h"
#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "runtime/telemetry/log.h"

namespace jobmesh::gateway::session {
namespace {

using routes::MethodPolicy;
using routes::Route;
using runtime::telemetry::LogLevel;
using runtime::telemetry::TraceContext;

constexpr char kJson[] = "application/json";

// Whether a body may be read as JSON: without a type it is taken for JSON, as curl users expect of
// an API.
bool IsJson(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  return type.empty() || http::EqualsIgnoreCase(type, kJson) ||
         absl::EndsWithIgnoreCase({type.data(), type.size()}, "+json");
}

TraceContext TraceOf(const http::Request& request) {
  std::optional<TraceContext> parent =
      TraceContext::Parse(request.headers.Find("traceparent").value_or(""));
  return parent ? parent->Child() : TraceContext::New();
}

class RequestSession : public std::enable_shared_from_this<RequestSession> {
 public:
  RequestSession(Gateway& gateway, std::shared_ptr<http::Exchange> exchange,
                 std::shared_ptr<const routes::Catalog> catalog, routes::RouteMatch match)
      : gateway_(gateway),
        exchange_(std::move(exchange)),
        catalog_(std::move(catalog)),
        match_(std::move(match)),
        start_(absl::Now()),
        request_id_(RequestIdOf(exchange_->request)),
        trace_(TraceOf(exchange_->request)),
        token_(TokenOf(exchange_->request)) {
    gateway_.metrics().Started();
  }

  void Start() {
    const options::v1::Auth auth = policy().auth;
    if (auth == options::v1::PUBLIC) {
      Call();
      return;
    }
    // Checking a token may have to wait for keys.
    const bool accepted = gateway_.workers().Submit([self = shared_from_this(), auth] {
      absl::Status status = self->Authenticate(auth);
      status.ok() ? self->Call() : self->Fail(status);
    });
    if (!accepted) {
      Fail(absl::ResourceExhaustedError("Too many requests are waiting; try again shortly"));
    }
  }

 private:
  const Route& route() const { return *match_.route; }
  const MethodPolicy& policy() const { return *match_.route->policy; }

  absl::Status Authenticate(options::v1::Auth auth) {
    if (token_.empty()) {
      return runtime::Error(absl::StatusCode::kUnauthenticated, runtime::ErrorReason::TOKEN_INVALID,
                            "Sign in first: no token was sent");
    }
    // The service checks the role again; here it only saves a call.
    ASSIGN_OR_RETURN(const runtime::auth::Principal principal, gateway_.verifier().Verify(token_));
    const bool allowed = auth == options::v1::USER ||
                         (auth == options::v1::ADMIN && principal.IsAdmin()) ||
                         (auth == options::v1::DATA_ADMIN && principal.IsDataAdmin());
    return allowed ? absl::OkStatus()
                   : runtime::Error(absl::StatusCode::kPermissionDenied,
                                    runtime::ErrorReason::NOT_PERMITTED,
                                    "Your role does not allow this");
  }

  absl::StatusOr<std::string> BuildRequest() {
    const http::Request& request = exchange_->request;
    const transcode::ParseOptions options{.unknown_fields = policy().unknown_fields};
    transcode::RequestBuilder builder(*route().request, route().body, options);
    RETURN_IF_ERROR(
        builder.SetBody(request.headers.Find("content-type").value_or(""), request.body));
    for (const routes::PathVariable& variable : match_.variables) {
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
    const http::Request& request = exchange_->request;
    if (route().body.kind != transcode::BodyRule::Kind::kNone && !request.body.empty() &&
        !IsJson(request.headers.Find("content-type").value_or(""))) {
      Answer(ErrorResponse(
          absl::InvalidArgumentError("The body must be JSON: Content-Type: application/json"),
          policy().error_style, 415));
      return;
    }
    if (policy().client_streaming || policy().server_streaming) {
      Fail(absl::UnimplementedError("Streams are offered as WebSockets only"));
      return;
    }
    absl::StatusOr<std::string> wire = BuildRequest();
    if (!wire.ok()) {
      Fail(wire.status());
      return;
    }
    runtime::rpc::CallOptions options{.timeout = absl::FromChrono(policy().deadline),
                                      .idempotent = policy().IsIdempotent(request.method),
                                      .headers = CallHeaders(request, token_, request_id_, trace_)};
    runtime::rpc::CancelCall cancel =
        gateway_.ClientOf(route().owner)
            .CallRaw(route().rpc.substr(1), *std::move(wire), options,
                     [self = shared_from_this()](runtime::rpc::RawResult result) {
                       self->Translate(std::move(result));
                     });
    exchange_->OnCancel(std::move(cancel));
  }

  void Translate(runtime::rpc::RawResult result) {
    if (!result.status.ok()) {
      http::Response response =
          ErrorResponse(result.status, policy().error_style, policy().invalid_status);
      AddAnswerHeaders(result.headers, response);
      Answer(std::move(response));
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
      Fail(printed);
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
    Answer(std::move(response));
  }

  void Fail(const absl::Status& status) {
    Answer(ErrorResponse(status, policy().error_style, policy().invalid_status));
  }

  void Answer(http::Response response) {
    const http::Request& request = exchange_->request;
    response.headers.Set("X-Request-ID", request_id_);
    response.headers.Set("X-Trace-ID", trace_.trace_id);
    gateway_.cors().Mark(request, response);
    const absl::Duration duration = absl::Now() - start_;
    gateway_.metrics().Finished(request.method, route().path.text, response.status, duration);
    const LogLevel level = response.status >= 500 ? LogLevel::kWarn : LogLevel::kDebug;
    if (runtime::telemetry::LogEnabled(level)) {
      runtime::telemetry::TraceScope scope(trace_);
      runtime::telemetry::Log(level, "http_request",
                              {{"http.request.method", request.method},
                               {"url.path", std::string(request.path())},
                               {"http.response.status_code", response.status},
                               {"http.request.id", request_id_},
                               {"event.duration", absl::ToInt64Nanoseconds(duration)}});
    }
    exchange_->Respond(std::move(response));
  }

  Gateway& gateway_;
  const std::shared_ptr<http::Exchange> exchange_;
  const std::shared_ptr<const routes::Catalog> catalog_;  // keeps the route and its tables
  const routes::RouteMatch match_;
  const absl::Time start_;
  const std::string request_id_;
  const TraceContext trace_;
  const std::string token_;
};

}  // namespace

void StartRequest(Gateway& gateway, std::shared_ptr<http::Exchange> exchange,
                  std::shared_ptr<const routes::Catalog> catalog, routes::RouteMatch match) {
  std::make_shared<RequestSession>(gateway, std::move(exchange), std::move(catalog),
                                   std::move(match))
      ->Start();
}

}  // namespace jobmesh::gateway::session
