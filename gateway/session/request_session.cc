#include "gateway/session/request_session.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/session/answer_body.h"
#include "gateway/session/cached_call.h"
#include "gateway/session/call_deadline.h"
#include "gateway/session/call_headers.h"
#include "gateway/session/call_metadata.h"
#include "gateway/session/client_stream.h"
#include "gateway/session/error_response.h"
#include "gateway/session/idempotent_call.h"
#include "gateway/session/request_messages.h"
#include "gateway/session/routed_request.h"
#include "gateway/session/stream_session.h"
#include "runtime/errors.h"
#include "runtime/status_macros.h"

namespace jobmesh::gateway::session {
namespace {

using routes::MethodPolicy;
using routes::Route;

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

  absl::StatusOr<runtime::rpc::CallOptions> Options() const {
    const http::Request& request = routed_->request();
    const absl::Duration given = policy().deadline > std::chrono::milliseconds::zero()
                                     ? absl::FromChrono(policy().deadline)
                                     : absl::InfiniteDuration();
    ASSIGN_OR_RETURN(const CallDeadline deadline, DeadlineOf(request, given));
    runtime::rpc::CallOptions options{
        .timeout = deadline.timeout,
        .idempotent = policy().IsIdempotent(request.method),
        .is_callers_timeout = deadline.is_callers,
        .headers = CallHeaders(request, routed_->token(), routed_->request_id(), routed_->trace())};
    AddCookies(request, policy().forward_cookies, options.headers);
    RETURN_IF_ERROR(AddClientMetadata(request, options.headers));
    return options;
  }

  void Call() {
    const http::Request& request = routed_->request();
    if (route().body.kind != transcode::BodyRule::Kind::kNone && !request.body.empty() &&
        !TakesBody(route(), request.headers.Find("content-type").value_or(""))) {
      routed_->Answer(StyledError(415,
                                  policy().client_streaming
                                      ? "The body must be application/json or application/x-ndjson"
                                      : "The body must be JSON: Content-Type: application/json",
                                  policy().error_style));
      return;
    }
    if (policy().client_streaming && policy().server_streaming) {
      routed_->Fail(absl::UnimplementedError(
          "This rpc streams both ways, which HTTP/1.1 cannot: connect by WebSocket"));
      return;
    }
    absl::StatusOr<std::vector<std::string>> messages = RequestMessages(*routed_);
    absl::StatusOr<runtime::rpc::CallOptions> options = Options();
    if (!messages.ok() || !options.ok()) {
      routed_->Fail(messages.ok() ? options.status() : messages.status());
      return;
    }
    if (policy().server_streaming) {
      if (routed_->Admit()) {
        StartStream(routed_, std::move(messages->front()), *options);
      }
      return;
    }
    if (IsCached(route())) {
      CallCached(routed_, std::move(messages->front()));
      return;
    }
    if (!routed_->Admit()) {
      return;
    }
    if (policy().client_streaming) {
      routed_->exchange().OnCancel(
          CallClientStream(client(), method(), *std::move(messages), *options, Translation()));
      return;
    }
    if (request.method == "POST" && request.headers.Find("idempotency-key")) {
      // Not cancelled when the client goes away: whoever comes back with the key is to find the
      // answer.
      CallOnce(routed_, std::move(messages->front()),
               [self = shared_from_this(), options = *options](std::string message) {
                 self->client().CallRaw(self->method(), std::move(message), options,
                                        self->Translation());
               });
      return;
    }
    routed_->exchange().OnCancel(
        client().CallRaw(method(), std::move(messages->front()), *options, Translation()));
  }

  runtime::rpc::Client& client() const { return gateway().ClientOf(route().owner); }
  std::string method() const { return route().rpc.substr(1); }

  std::function<void(runtime::rpc::RawResult)> Translation() {
    return [self = shared_from_this()](const runtime::rpc::RawResult& result) {
      self->Translate(result);
    };
  }

  void Translate(const runtime::rpc::RawResult& result) {
    absl::StatusOr<AnswerBody> body = result.status.ok()
                                          ? AnswerBodyOf(route(), result.body)
                                          : absl::StatusOr<AnswerBody>(result.status);
    http::Response response;
    if (body.ok()) {
      response = http::MakeResponse(SuccessStatusOf(result.headers, policy().success_status),
                                    body->content_type, std::move(body->bytes));
    } else {
      response = ErrorResponse(body.status(), policy().error_style, policy().invalid_status);
    }
    AddAnswerMetadata(result.headers, kMetadataPrefix, response.headers);
    // The answer is whole, so what came last may stand in its header.
    TakesTrailers(routed_->request())
        ? AddAnswerMetadata(result.trailers, kTrailerPrefix, response.headers)
        : AddListedMetadata(result.trailers, response.headers);
    if (body.ok() && !response.headers.Find("cache-control")) {
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
