// JSON bodies of clients. What is accepted must be a message for libprotobuf too, and print to JSON
// that means the same message again.

#include <string>

#include "gateway/transcode/field_error.h"
#include "gateway/transcode/json_to_wire.h"
#include "gateway/transcode/testdata/tables.h"
#include "gateway/transcode/wire_to_json.h"
#include "tests/fuzz/fuzz.h"

using namespace jobmesh;  // NOLINT(google-build-using-namespace)
using namespace gateway::transcode;

JOBMESH_FUZZ_TARGET(std::string_view input) {
  if (input.empty()) return;
  const ParseOptions options{.unknown_fields = (input.front() & 1) != 0 ? UnknownFields::kIgnore
                                                                        : UnknownFields::kRefuse};
  input.remove_prefix(1);
  std::string wire;
  const absl::Status status = JsonToWire(TestTable(), input, options, &wire);
  if (!status.ok()) {
    fuzz::Require(wire.empty(), "a refused body leaves no bytes");
    fuzz::Require(FieldErrorOf(status).has_value(), "an error names what is wrong");
    return;
  }
  gateway::testdata::Everything message;
  fuzz::Require(message.ParseFromString(wire), "accepted JSON becomes a message");
  std::string printed;
  // An Any inside may come to nest deeper when it is printed; that is no error of the body.
  if (!WireToJson(TestTable(), wire, {}, &printed).ok()) return;
  std::string again;
  // Printing adds empty lists, one level deeper than what was given.
  fuzz::Require(JsonToWire(TestTable(), printed, {.max_depth = 1000}, &again).ok(),
                "what is printed can be read");
  std::string printed_again;
  fuzz::Require(WireToJson(TestTable(), again, {}, &printed_again).ok() && printed == printed_again,
                "JSON comes back as it went");
}
