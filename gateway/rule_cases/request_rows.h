#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <google/protobuf/message.h>

#include "gateway/rule_cases/rows.h"
#include "gateway/transcode/field_error.h"
#include "gateway/transcode/request_builder.h"
#include "gateway/transcode/testdata/tables.h"

namespace jobmesh::gateway::rule_cases {

// One HTTP request on an rpc.
struct Request {
  std::string message = "Everything";  // type of the rpc's request, in everything.proto
  std::string body_rule;               // as in google.api.http
  std::string update_mask;             // the mask that a PATCH fills; none when empty
  std::vector<std::pair<std::string, std::string>> path;
  std::string query;
  std::string body;
  std::string content_type = "application/json";
  transcode::UnknownFields unknown_fields = transcode::UnknownFields::kRefuse;
};

inline void PrintTo(const Request& request, std::ostream* out) {
  for (const auto& [field, value] : request.path) *out << '{' << field << "}=" << value << ' ';
  *out << '?' << request.query << ' ' << request.body;
}

inline Request Query(std::string query) { return {.query = std::move(query)}; }
// A body that is the whole request message.
inline Request Json(std::string body) { return {.body_rule = "*", .body = std::move(body)}; }

// The text form, in one line, of the message of this type with these bytes; `malformed` if they
// are none.
inline std::string TextOf(const transcode::MessageTable& table, const std::string& wire) {
  using google::protobuf::DescriptorPool;
  const auto* type = DescriptorPool::generated_pool()->FindMessageTypeByName(table.full_name());
  const std::unique_ptr<google::protobuf::Message> message(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  return message->ParseFromString(wire) ? message->ShortDebugString() : "malformed";
}

// The request message in text form, or `400 <what is wrong>`.
inline std::string Build(const Request& request) {
  using transcode::BodyRule;
  const transcode::MessageTable& table = transcode::TestTable(request.message);
  BodyRule rule;
  if (request.body_rule == "*") {
    rule.kind = BodyRule::Kind::kWhole;
  } else if (!request.body_rule.empty()) {
    rule.kind = BodyRule::Kind::kField;
    rule.field = *transcode::ResolveFieldPath(table, request.body_rule);
    if (!request.update_mask.empty()) rule.update_mask = table.FindName(request.update_mask);
  }
  const transcode::ParseOptions options{.unknown_fields = request.unknown_fields};
  transcode::RequestBuilder builder(table, rule, options);
  absl::Status status = builder.SetBody(request.content_type, request.body);
  for (const auto& [field, value] : request.path) {
    if (status.ok()) {
      status = builder.BindPath(*transcode::ResolveFieldPath(table, field), value);
    }
  }
  if (status.ok()) status = builder.BindQuery(request.query, {"api_key", "key", "pretty"});
  if (!status.ok()) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(transcode::FieldErrorOf(status).has_value());
    return "400 " + std::string(status.message());
  }
  std::string wire;
  builder.Finish(&wire);
  return TextOf(table, wire);
}

struct RequestExample {
  Request request;
  std::string result;
};

struct RequestRow {
  std::string number;
  std::vector<RequestExample> examples;
};

inline void PrintTo(const RequestRow& row, std::ostream* out) { *out << row.number; }

inline void Check(const RequestRow& row) {
  for (const RequestExample& example : row.examples) {
    ExpectResult(Build(example.request), example.result, testing::PrintToString(example.request));
  }
}

}  // namespace jobmesh::gateway::rule_cases
