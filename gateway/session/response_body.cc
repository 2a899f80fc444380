#include "gateway/session/response_body.h"

#include "gateway/transcode/wire_to_json.h"
#include "runtime/status_macros.h"

namespace jobmesh::gateway::session {

absl::StatusOr<std::string> ResponseBody(const routes::Route& route, std::string_view wire) {
  std::string body;
  RETURN_IF_ERROR(
      route.response_field == nullptr
          ? transcode::WireToJson(*route.response, wire, {}, &body)
          : transcode::WireFieldToJson(*route.response, *route.response_field, wire, {}, &body));
  return body;
}

}  // namespace jobmesh::gateway::session
