#include "gateway/session/request_messages.h"

#include <string_view>
#include <utility>

#include "gateway/session/media_type.h"
#include "gateway/transcode/json_stream.h"
#include "gateway/transcode/request_builder.h"
#include "runtime/status_macros.h"

namespace jobmesh::gateway::session {
namespace {

using transcode::BodyRule;

bool IsHttpBody(const transcode::MessageTable* message) {
  return message != nullptr && message->well_known() == transcode::WellKnown::kHttpBody;
}

// Whether the body is passed on as it is.
bool TakesRawBody(const routes::Route& route) {
  switch (route.body.kind) {
    case BodyRule::Kind::kNone:
      return false;
    case BodyRule::Kind::kWhole:
      return IsHttpBody(route.request);
    case BodyRule::Kind::kField:
      return IsHttpBody(route.body.field.leaf().message);
  }
  return false;
}

absl::StatusOr<std::string> Message(const RoutedRequest& routed, std::string_view body) {
  const routes::Route& route = routed.route();
  const transcode::ParseOptions options{.unknown_fields = routed.policy().unknown_fields};
  transcode::RequestBuilder builder(*route.request, route.body, options);
  RETURN_IF_ERROR(
      builder.SetBody(routed.request().headers.Find("content-type").value_or(""), body));
  for (const routes::PathVariable& variable : routed.match().variables) {
    RETURN_IF_ERROR(builder.BindPath(*variable.field, variable.value));
  }
  RETURN_IF_ERROR(builder.BindQuery(routed.request().query(), {}));
  std::string wire;
  builder.Finish(&wire);
  return wire;
}

}  // namespace

bool TakesBody(const routes::Route& route, std::string_view content_type) {
  return IsJsonType(content_type) || TakesRawBody(route) ||
         (route.policy->form_is_json && IsFormType(content_type)) ||
         (route.policy->client_streaming && IsNdjsonType(content_type));
}

absl::StatusOr<std::vector<std::string>> RequestMessages(const RoutedRequest& routed) {
  const routes::Route& route = routed.route();
  const std::string& body = routed.request().body;
  std::vector<std::string> messages;
  if (!route.policy->client_streaming || route.body.kind == BodyRule::Kind::kNone ||
      TakesRawBody(route)) {
    ASSIGN_OR_RETURN(messages.emplace_back(), Message(routed, body));
    return messages;
  }
  const bool lines = IsNdjsonType(routed.request().headers.Find("content-type").value_or(""));
  if (body.empty()) {
    return messages;
  }
  ASSIGN_OR_RETURN(const std::vector<std::string_view> elements,
                   transcode::SplitJsonStream(
                       body, lines ? transcode::StreamForm::kLines : transcode::StreamForm::kArray,
                       transcode::ParseOptions().max_depth));
  messages.reserve(elements.size());
  for (const std::string_view element : elements) {
    ASSIGN_OR_RETURN(messages.emplace_back(), Message(routed, element));
  }
  return messages;
}

}  // namespace jobmesh::gateway::session
