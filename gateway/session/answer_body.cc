#include "gateway/session/answer_body.h"

#include "gateway/session/media_type.h"
#include "gateway/transcode/http_body.h"
#include "gateway/transcode/wire.h"
#include "gateway/transcode/wire_to_json.h"
#include "runtime/status_macros.h"

namespace jobmesh::gateway::session {
namespace {

constexpr char kUnknownType[] = "application/octet-stream";

absl::Status Malformed() { return absl::InternalError("the answer of the service cannot be read"); }

// The last value of a message field, as the wire format merges scalars; a body in two pieces under
// one tag is nothing that services send.
absl::StatusOr<std::string_view> MessageField(std::string_view wire,
                                              const transcode::FieldTable& field) {
  std::string_view found;
  transcode::WireReader in(wire);
  while (!in.done()) {
    std::uint32_t tag = 0;
    if (!in.ReadTag(&tag)) {
      return Malformed();
    }
    if (transcode::TagNumber(tag) != field.number ? !in.Skip(tag) : !in.ReadLength(&found)) {
      return Malformed();
    }
  }
  return found;
}

}  // namespace

bool AnswersRaw(const routes::Route& route) {
  const transcode::MessageTable* message =
      route.response_field == nullptr ? route.response : route.response_field->message;
  return message != nullptr && message->well_known() == transcode::WellKnown::kHttpBody &&
         (route.response_field == nullptr || !route.response_field->repeated);
}

absl::StatusOr<AnswerBody> AnswerBodyOf(const routes::Route& route, std::string_view wire) {
  AnswerBody body;
  if (AnswersRaw(route)) {
    if (route.response_field != nullptr) {
      ASSIGN_OR_RETURN(wire, MessageField(wire, *route.response_field));
    }
    transcode::HttpBodyView view;
    if (!transcode::ReadHttpBody(wire, &view)) {
      return Malformed();
    }
    body.content_type = view.content_type.empty() ? kUnknownType : view.content_type;
    body.bytes = view.body;
    return body;
  }
  body.content_type = kJsonType;
  RETURN_IF_ERROR(route.response_field == nullptr
                      ? transcode::WireToJson(*route.response, wire, {}, &body.bytes)
                      : transcode::WireFieldToJson(*route.response, *route.response_field, wire, {},
                                                   &body.bytes));
  return body;
}

}  // namespace jobmesh::gateway::session
