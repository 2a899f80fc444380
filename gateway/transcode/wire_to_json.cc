#include "gateway/transcode/wire_to_json.h"

#include "gateway/transcode/json_printer.h"
#include "gateway/transcode/json_writer.h"

namespace jobmesh::gateway::transcode {
namespace {

// Runs `print` in order first, and again in any order where that does not do.
template <typename Print>
absl::Status PrintWith(std::string_view wire, const PrintOptions& options, std::string* json,
                       const Print& print) {
  const std::size_t before = json->size();
  std::string problem;
  {
    JsonWriter writer(json, wire.size() * 2);
    JsonPrinter in_order(&writer, options, JsonPrinter::Mode::kInOrder);
    if (print(&in_order)) return absl::OkStatus();
    problem = in_order.Problem();
    if (in_order.out_of_order()) {
      writer.Truncate(0);
      JsonPrinter any_order(&writer, options, JsonPrinter::Mode::kAnyOrder);
      if (print(&any_order)) return absl::OkStatus();
      problem = any_order.Problem();
    }
  }
  json->resize(before);
  return absl::InternalError("the answer of the service cannot be printed: " + problem);
}

}  // namespace

absl::Status WireToJson(const MessageTable& message, std::string_view wire,
                        const PrintOptions& options, std::string* json) {
  return PrintWith(wire, options, json,
                   [&](JsonPrinter* printer) { return printer->Message(message, wire, 1); });
}

absl::Status WireFieldToJson(const MessageTable& message, const FieldTable& field,
                             std::string_view wire, const PrintOptions& options,
                             std::string* json) {
  return PrintWith(wire, options, json,
                   [&](JsonPrinter* printer) { return printer->OneField(message, field, wire); });
}

}  // namespace jobmesh::gateway::transcode
