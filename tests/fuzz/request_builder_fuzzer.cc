// A whole request on one rpc: kind of body in the first byte, then, a line each, a variable of the
// path, the query, and the body. What is accepted must be a message for libprotobuf too.

#include <string>

#include "gateway/transcode/field_error.h"
#include "gateway/transcode/field_path.h"
#include "gateway/transcode/request_builder.h"
#include "gateway/transcode/testdata/tables.h"
#include "gateway/transcode/utf8.h"
#include "tests/fuzz/fuzz.h"

using namespace jobmesh;  // NOLINT(google-build-using-namespace)
using namespace gateway::transcode;

namespace {

BodyRule RuleOf(char kind) {
  BodyRule rule;
  switch (kind) {
    case '*':
      rule.kind = BodyRule::Kind::kWhole;
      break;
    case 'n':
      rule.kind = BodyRule::Kind::kField;
      rule.field = *ResolveFieldPath(TestTable(), "nested");
      rule.update_mask = TestTable().FindName("mask");
      break;
    case 's':
      rule.kind = BodyRule::Kind::kField;
      rule.field = *ResolveFieldPath(TestTable(), "nested.string_value");
      break;
    default:
      break;
  }
  return rule;
}

absl::Status Build(const BodyRule& rule, std::string_view input, std::string* wire) {
  const ParseOptions options;
  std::string_view variable = fuzz::TakeUntil('\n', &input);
  const std::string_view query = fuzz::TakeUntil('\n', &input);
  RequestBuilder builder(TestTable(), rule, options);
  absl::Status status = builder.SetBody("application/json", input);
  const std::string_view name = fuzz::TakeUntil('=', &variable);
  const auto field = ResolveFieldPath(TestTable(), name);
  // Routes bind no lists and no plain messages, and match UTF-8 only.
  if (status.ok() && field.ok() && !field->leaf().repeated && IsBindable(field->leaf()) &&
      IsUtf8(variable)) {
    status = builder.BindPath(*field, variable);
  }
  if (status.ok()) status = builder.BindQuery(query, {"api_key"});
  if (status.ok()) builder.Finish(wire);
  return status;
}

}  // namespace

JOBMESH_FUZZ_TARGET(std::string_view input) {
  if (input.empty()) return;
  const BodyRule rule = RuleOf(input.front());
  std::string wire;
  const absl::Status status = Build(rule, input.substr(1), &wire);
  if (status.ok()) {
    fuzz::Require(gateway::testdata::Everything().ParseFromString(wire),
                  "what is built is a message");
  } else {
    fuzz::Require(FieldErrorOf(status).has_value(), "an error names what is wrong");
  }
}
