#include "gateway/openapi/request_parts.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "gateway/openapi/comments.h"

namespace jobmesh::gateway::openapi {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using transcode::BodyRule;
using transcode::FieldPath;
using transcode::FieldTable;
using transcode::MessageTable;
using transcode::WellKnown;

// The descriptor of the last field of a path through `message`.
const FieldDescriptor& LeafOf(const Descriptor& message, const FieldPath& path) {
  const Descriptor* at = &message;
  const FieldDescriptor* field = nullptr;
  for (const FieldTable* part : path.fields) {
    field = at->FindFieldByNumber(static_cast<int>(part->number));
    at = field->message_type();
  }
  return *field;
}

// Values that stand in a URL as JSON text: google.protobuf.Struct, Value and ListValue.
bool IsJsonText(const FieldTable& field) {
  if (!field.is_message()) return false;
  const WellKnown type = field.message->well_known();
  return type == WellKnown::kStruct || type == WellKnown::kValue || type == WellKnown::kListValue;
}

// A wrapper in a URL is the value itself, which cannot be null there.
const FieldDescriptor& Unwrapped(const FieldDescriptor& field, const FieldTable& table) {
  return table.is_message() && table.message->well_known() == WellKnown::kWrapper
             ? *field.message_type()->field(0)
             : field;
}

Json ValueInUrl(const FieldDescriptor& field, const FieldTable& table, Schemas& schemas) {
  return schemas.Value(Unwrapped(field, table), Direction::kInput);
}

// Adds what of a message can stand in a query.
class QueryParameters {
 public:
  QueryParameters(Schemas& schemas, std::set<std::string> taken, Json& parameters)
      : schemas_(schemas), taken_(std::move(taken)), parameters_(parameters) {}

  void Add(const Descriptor& message, const MessageTable& table, const std::string& prefix) {
    // A message that holds itself is offered once.
    if (std::find(inside_.begin(), inside_.end(), &message) != inside_.end()) return;
    inside_.push_back(&message);
    for (int i = 0; i < message.field_count(); ++i) {
      const FieldDescriptor& field = *message.field(i);
      AddField(field, *table.FindNumber(static_cast<std::uint32_t>(field.number())), prefix);
    }
    inside_.pop_back();
  }

 private:
  void AddField(const FieldDescriptor& field, const FieldTable& table, const std::string& prefix) {
    const std::string name = prefix + field.json_name();
    if (taken_.contains(name)) return;
    Json parameter{{"name", name}, {"in", "query"}};
    if (prefix.empty() && IsRequired(field)) parameter["required"] = true;
    if (field.options().deprecated()) parameter["deprecated"] = true;
    parameter = Described(std::move(parameter), CommentOf(field));
    if (table.map) {
      const FieldTable& value = table.map_value();
      if (!transcode::IsBindable(value)) return;
      parameter["style"] = "deepObject";
      parameter["explode"] = true;
      parameter["schema"] = {
          {"type", "object"},
          {"additionalProperties", ValueInUrl(*field.message_type()->field(1), value, schemas_)}};
    } else if (!transcode::IsBindable(table)) {
      if (!table.repeated && table.message->well_known() == WellKnown::kNone) {
        Add(*field.message_type(), *table.message, name + ".");
      }
      return;
    } else if (IsJsonText(table)) {
      parameter["content"] = {
          {"application/json", {{"schema", schemas_.Value(field, Direction::kInput)}}}};
    } else if (table.repeated) {
      parameter["schema"] = {{"type", "array"}, {"items", ValueInUrl(field, table, schemas_)}};
    } else {
      parameter["schema"] = ValueInUrl(field, table, schemas_);
    }
    parameters_.push_back(std::move(parameter));
  }

  Schemas& schemas_;
  const std::set<std::string> taken_;  // by path and body
  Json& parameters_;
  std::vector<const Descriptor*> inside_;
};

std::string Sentences(const std::string& comment, const std::string& more) {
  return comment.empty() ? more : comment + "\n\n" + more;
}

Json PathParameter(const routes::Route& route, const PathPlaceholder& placeholder,
                   Schemas& schemas) {
  Json parameter{{"name", placeholder.name}, {"in", "path"}, {"required", true}};
  std::string comment;
  Json schema{{"type", "string"}};
  if (placeholder.variable >= 0) {
    const auto index = static_cast<std::size_t>(placeholder.variable);
    const FieldPath& path = route.variables[index];
    const FieldDescriptor& field = LeafOf(*route.descriptor->input_type(), path);
    comment = CommentOf(field);
    if (placeholder.whole) {
      schema = ValueInUrl(field, path.leaf(), schemas);
    } else {
      comment = Sentences(comment, "Part of `" + path.text() + "` in `" + route.path.text + "`.");
    }
  }
  if (placeholder.deep) comment = Sentences(comment, "Any number of segments, with slashes.");
  parameter = Described(std::move(parameter), comment);
  parameter["schema"] = std::move(schema);
  if (placeholder.deep) parameter["x-many-segments"] = true;
  return parameter;
}

}  // namespace

Json PathParameters(const routes::Route& route, const PathKey& key, Schemas& schemas) {
  Json parameters = Json::array();
  for (const PathPlaceholder& placeholder : key.placeholders) {
    parameters.push_back(PathParameter(route, placeholder, schemas));
  }
  return parameters;
}

void AddQueryParameters(const routes::Route& route, Schemas& schemas, Json& parameters) {
  if (route.body.kind == BodyRule::Kind::kWhole) return;
  std::set<std::string> taken;
  for (const FieldPath& variable : route.variables) taken.insert(variable.text());
  if (route.body.kind == BodyRule::Kind::kField) taken.insert(route.body.field.text());
  QueryParameters(schemas, std::move(taken), parameters)
      .Add(*route.descriptor->input_type(), *route.request, "");
}

bool TakesIdempotencyKey(const routes::Route& route) {
  return route.http_method == "POST" && !route.policy->client_streaming &&
         !route.policy->server_streaming;
}

Json IdempotencyKeyParameter() {
  return {{"name", "Idempotency-Key"},
          {"in", "header"},
          {"description",
           "Makes it safe to repeat the request: one with a key that was seen is answered as the "
           "first was, without being done again."},
          {"schema", {{"type", "string"}, {"minLength", 1}, {"maxLength", 255}}}};
}

Json RequestBody(const routes::Route& route, Schemas& schemas) {
  if (route.body.kind == BodyRule::Kind::kNone) return nullptr;
  const Descriptor& request = *route.descriptor->input_type();
  const FieldDescriptor* field =
      route.body.kind == BodyRule::Kind::kField ? &LeafOf(request, route.body.field) : nullptr;
  const Descriptor* message = field == nullptr ? &request : field->message_type();
  if (message != nullptr && IsHttpBody(*message)) {
    return {{"content", {{"*/*", {{"schema", {{"type", "string"}, {"format", "binary"}}}}}}}};
  }
  const Json schema = field == nullptr ? schemas.Message(request, Direction::kInput)
                                       : schemas.Field(*field, Direction::kInput);
  Json content;
  if (route.policy->client_streaming) {
    content = {
        {"application/json", {{"schema", {{"type", "array"}, {"items", schema}}}}},
        {"application/x-ndjson", {{"schema", schema}}},
    };
  } else {
    content = {{"application/json", {{"schema", schema}}}};
  }
  Json body{{"content", std::move(content)}};
  if (message != nullptr && HasRequiredField(*message)) body["required"] = true;
  return body;
}

}  // namespace jobmesh::gateway::openapi
