#include "gateway/session/routed_request.h"

#include <optional>
#include <utility>

#include "absl/time/clock.h"

#include "gateway/session/access_log.h"
#include "gateway/session/call_headers.h"
#include "gateway/session/content_form.h"
#include "gateway/session/error_response.h"

namespace jobmesh::gateway::session {
RoutedRequest::RoutedRequest(Gateway& gateway, std::shared_ptr<http::Exchange> exchange,
                             std::shared_ptr<const routes::Catalog> catalog,
                             routes::RouteMatch match, policy::LoadShedder::Ticket ticket)
    : gateway_(gateway),
      ticket_(std::move(ticket)),
      exchange_(std::move(exchange)),
      catalog_(std::move(catalog)),
      match_(std::move(match)),
      start_(absl::Now()),
      request_id_(RequestIdOf(exchange_->request)),
      trace_(TraceOf(exchange_->request)),
      token_(TokenOf(exchange_->request)) {
  gateway_.metrics().Started();
}

void RoutedRequest::Mark(http::Headers& headers) const {
  rate_.AddFields(headers);
  headers.Set("X-Request-ID", request_id_);
  headers.Set("X-Trace-ID", trace_.trace_id);
  gateway_.cors().Mark(request(), headers);
}

bool RoutedRequest::Admit() {
  rate_ = gateway_.traffic().CountRequest(route(), ClientName());
  if (!rate_.status.ok()) {
    Fail(rate_.status);
  }
  return rate_.status.ok();
}

void RoutedRequest::Finished(int http_status) const {
  http::Response stream;
  stream.status = http_status;
  Note(stream);
}

void RoutedRequest::Note(const http::Response& response) const {
  const absl::Duration duration = absl::Now() - start_;
  gateway_.metrics().Finished(request().method, route().path.text, response.status, duration);
  LogAccess(gateway_.traffic().access_log(),
            {.request = request(),
             .response = response,
             .route = route().path.text,
             .request_id = request_id_,
             .trace = &trace_,
             .user_id = principal_ ? std::optional(principal_->user_id) : std::nullopt,
             .duration = duration});
}

void RoutedRequest::Answer(http::Response response) const {
  if (!lock_) {
    Send(std::move(response));
    return;
  }
  gateway_.idempotency().End(
      *lock_, std::move(response),
      [self = shared_from_this()](http::Response stored) { self->Send(std::move(stored)); });
}

void RoutedRequest::Send(http::Response response) const {
  ChooseForm(request(), response);
  Mark(response.headers);
  Note(response);
  exchange_->Respond(std::move(response));
}

void RoutedRequest::Fail(const absl::Status& status) const {
  Answer(ErrorResponse(status, policy().error_style, policy().invalid_status));
}

}  // namespace jobmesh::gateway::session
