// Bytes of a hostile backend. They are refused, or become JSON, and the JSON depends on the message
// and not on how its bytes are arranged.

#include <string>

#include <google/protobuf/stubs/logging.h>

#include "gateway/transcode/json_reader.h"
#include "gateway/transcode/testdata/tables.h"
#include "gateway/transcode/wire_to_json.h"
#include "tests/fuzz/fuzz.h"

using namespace jobmesh;  // NOLINT(google-build-using-namespace)
using namespace gateway::transcode;

namespace {

// Deeper than 100 messages can print.
constexpr int kMaxDepth = 1000;

bool IsJson(std::string_view text) {
  JsonReader reader(text);
  return reader.SkipValue(kMaxDepth) && reader.AtEnd();
}

}  // namespace

JOBMESH_FUZZ_TARGET(std::string_view input) {
  // libprotobuf tells of every string that is not UTF-8.
  const google::protobuf::LogSilencer silencer;
  std::string json;
  if (!WireToJson(TestTable(), input, {}, &json).ok()) {
    fuzz::Require(json.empty(), "refused bytes leave no JSON");
    return;
  }
  fuzz::Require(IsJson(json), "what is printed is JSON");
  for (const FieldTable& field : TestTable().fields()) {
    std::string value;
    if (WireFieldToJson(TestTable(), field, input, {}, &value).ok()) {
      fuzz::Require(IsJson(value), "a response_body is JSON");
    }
  }
  gateway::testdata::Everything message;
  if (!message.ParseFromArray(input.data(), static_cast<int>(input.size()))) return;
  std::string arranged;
  fuzz::Require(WireToJson(TestTable(), message.SerializeAsString(), {}, &arranged).ok(),
                "a message can be printed however it is arranged");
  fuzz::Require(json == arranged, "one message is printed one way");
}
