#include "gateway/transcode/json_to_wire.h"

#include "gateway/transcode/json_parser.h"

namespace jobmesh::gateway::transcode {

absl::Status JsonToWire(const MessageTable& message, std::string_view json,
                        const ParseOptions& options, std::string* wire) {
  WireWriter out(json.size());
  JsonParser parser(json, options, &out);
  if (!parser.Whole(message)) return parser.status();
  out.Finish(wire);
  return absl::OkStatus();
}

absl::Status JsonFieldToWire(const FieldTable& field, std::string_view json,
                             const ParseOptions& options, std::string* wire) {
  WireWriter out(json.size());
  JsonParser parser(json, options, &out);
  if (!parser.WholeField(field)) return parser.status();
  out.Finish(wire);
  return absl::OkStatus();
}

}  // namespace jobmesh::gateway::transcode
