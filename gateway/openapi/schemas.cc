#include "gateway/openapi/schemas.h"

#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

#include <google/protobuf/descriptor.pb.h>

#include "gateway/openapi/comments.h"

namespace jobmesh::gateway::openapi {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

constexpr std::string_view kGoogle = "google.protobuf.";
constexpr char kInputSuffix[] = "-Input";

// 64-bit integers are strings in JSON, for the sake of JavaScript.
Json Signed64() {
  return {{"type", "string"}, {"format", "int64"}, {"pattern", "^-?[0-9]{1,19}$"}};
}
Json Unsigned64() {
  return {{"type", "string"}, {"format", "uint64"}, {"pattern", "^[0-9]{1,20}$"}};
}
Json Unsigned32() {
  return {{"type", "integer"},
          {"format", "uint32"},
          {"minimum", 0},
          {"maximum", std::numeric_limits<std::uint32_t>::max()}};
}

Json Scalar(FieldDescriptor::CppType type) {
  switch (type) {
    case FieldDescriptor::CPPTYPE_INT32:
      return {{"type", "integer"}, {"format", "int32"}};
    case FieldDescriptor::CPPTYPE_UINT32:
      return Unsigned32();
    case FieldDescriptor::CPPTYPE_INT64:
      return Signed64();
    case FieldDescriptor::CPPTYPE_UINT64:
      return Unsigned64();
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return {{"type", "number"}, {"format", "double"}};
    case FieldDescriptor::CPPTYPE_FLOAT:
      return {{"type", "number"}, {"format", "float"}};
    case FieldDescriptor::CPPTYPE_BOOL:
      return {{"type", "boolean"}};
    default:
      return {{"type", "string"}};
  }
}

// The schema of a well-known type, null for any other message.
Json WellKnown(const Descriptor& message) {
  std::string_view name = message.full_name();
  if (!name.starts_with(kGoogle)) return nullptr;
  name.remove_prefix(kGoogle.size());
  if (name == "Timestamp") return {{"type", "string"}, {"format", "date-time"}};
  if (name == "Duration") {
    return {{"type", "string"},
            {"pattern", "^-?[0-9]{1,12}(\\.[0-9]{1,9})?s$"},
            {"examples", {"3.5s"}}};
  }
  if (name == "FieldMask") return {{"type", "string"}, {"examples", {"title,author.name"}}};
  if (name == "Struct") return {{"type", "object"}, {"additionalProperties", true}};
  if (name == "Value") return Json::object();
  if (name == "ListValue") return {{"type", "array"}, {"items", Json::object()}};
  if (name == "Any") {
    return {
        {"type", "object"},
        {"properties",
         {{"@type", {{"type", "string"}, {"examples", {"type.googleapis.com/library.v1.Book"}}}}}},
        {"required", {"@type"}},
        {"additionalProperties", true}};
  }
  if (name.ends_with("Value") && message.field_count() == 1) {
    const FieldDescriptor& value = *message.field(0);
    Json schema = value.type() == FieldDescriptor::TYPE_BYTES
                      ? Json{{"type", "string"}, {"contentEncoding", "base64"}}
                      : Scalar(value.cpp_type());
    schema["type"] = Json::array({schema["type"], "null"});
    return schema;
  }
  return nullptr;
}

// `not` any two members of a oneof together; null without a oneof of several fields.
Json Exclusions(const Descriptor& message) {
  Json pairs = Json::array();
  for (int i = 0; i < message.real_oneof_decl_count(); ++i) {
    const auto& oneof = *message.oneof_decl(i);
    for (int a = 0; a < oneof.field_count(); ++a) {
      for (int b = a + 1; b < oneof.field_count(); ++b) {
        pairs.push_back({{"required", {oneof.field(a)->json_name(), oneof.field(b)->json_name()}}});
      }
    }
  }
  return pairs.empty() ? Json(nullptr) : Json{{"anyOf", std::move(pairs)}};
}

std::string OneofNote(const FieldDescriptor& field) {
  const auto* oneof = field.real_containing_oneof();
  if (oneof == nullptr || oneof->field_count() < 2) return "";
  std::string names;
  for (int i = 0; i < oneof->field_count(); ++i) {
    names += (i == 0 ? "`" : ", `") + oneof->field(i)->json_name() + "`";
  }
  return "At most one of " + names + " is set.";
}

bool IsRequiredIn(const FieldDescriptor& field, Direction direction) {
  return direction == Direction::kOutput ? !field.has_presence() || field.is_required()
                                         : IsRequired(field);
}

// Whether the schema of requests differs from that of answers, in the message itself or below.
bool DiffersByDirection(const Descriptor& message, std::set<const Descriptor*>& seen) {
  if (!seen.insert(&message).second || !WellKnown(message).is_null()) return false;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (IsRequiredIn(field, Direction::kInput) != IsRequiredIn(field, Direction::kOutput)) {
      return true;
    }
    if (field.message_type() != nullptr && DiffersByDirection(*field.message_type(), seen)) {
      return true;
    }
  }
  return false;
}

}  // namespace

Schemas::Schemas(const std::vector<const Descriptor*>& outputs) {
  std::vector<const Descriptor*> waiting = outputs;
  while (!waiting.empty()) {
    const Descriptor* message = waiting.back();
    waiting.pop_back();
    if (!in_answers_.insert(message).second) continue;
    for (int i = 0; i < message->field_count(); ++i) {
      if (const Descriptor* inner = message->field(i)->message_type()) waiting.push_back(inner);
    }
  }
}

Json Schemas::Message(const Descriptor& message, Direction direction) {
  if (Json known = WellKnown(message); !known.is_null()) return known;
  std::string name = names_.NameOf(&message);
  if (direction == Direction::kInput && in_answers_.contains(&message)) {
    std::set<const Descriptor*> seen;
    if (DiffersByDirection(message, seen)) name += kInputSuffix;
  }
  // The empty schema ends the recursion of a message that holds itself.
  if (components_.emplace(name, Json()).second) components_[name] = Object(message, direction);
  return Ref(name);
}

Json Schemas::Object(const Descriptor& message, Direction direction) {
  Json properties = Json::object();
  Json required = Json::array();
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    std::string comment = CommentOf(field);
    if (const std::string note = OneofNote(field); !note.empty()) {
      comment += (comment.empty() ? "" : "\n\n") + note;
    }
    Json schema = Described(Field(field, direction), comment);
    if (field.options().deprecated()) schema["deprecated"] = true;
    properties[field.json_name()] = std::move(schema);
    if (IsRequiredIn(field, direction)) required.push_back(field.json_name());
  }
  Json object{{"type", "object"}};
  if (!properties.empty()) object["properties"] = std::move(properties);
  if (!required.empty()) object["required"] = std::move(required);
  if (Json pairs = Exclusions(message); !pairs.is_null()) object["not"] = std::move(pairs);
  if (message.options().deprecated()) object["deprecated"] = true;
  return Described(std::move(object), CommentOf(message));
}

Json Schemas::Enum(const EnumDescriptor& enumeration) {
  if (enumeration.full_name() == "google.protobuf.NullValue") return {{"type", "null"}};
  const std::string name = names_.NameOf(&enumeration);
  if (!components_.contains(name)) {
    Json names = Json::array();
    std::string comment = CommentOf(enumeration);
    std::string list;
    for (int i = 0; i < enumeration.value_count(); ++i) {
      const auto& value = *enumeration.value(i);
      names.push_back(value.name());
      const std::string meaning = FirstSentence(CommentOf(value));
      list += "\n- `" + value.name() + "`" + (meaning.empty() ? "" : ": " + meaning);
    }
    comment += (comment.empty() ? "" : "\n\n") + list.substr(1);
    components_[name] = Described({{"type", "string"}, {"enum", std::move(names)}}, comment);
  }
  return Ref(name);
}

Json Schemas::Value(const FieldDescriptor& field, Direction direction) {
  if (field.message_type() != nullptr) return Message(*field.message_type(), direction);
  if (field.enum_type() != nullptr) return Enum(*field.enum_type());
  if (field.type() == FieldDescriptor::TYPE_BYTES) {
    return {{"type", "string"}, {"contentEncoding", "base64"}};
  }
  return Scalar(field.cpp_type());
}

Json Schemas::Field(const FieldDescriptor& field, Direction direction) {
  if (field.is_map()) {
    return {{"type", "object"},
            {"additionalProperties", Value(*field.message_type()->field(1), direction)}};
  }
  if (field.is_repeated()) return {{"type", "array"}, {"items", Value(field, direction)}};
  return Value(field, direction);
}

Json Described(Json schema, const std::string& comment) {
  if (!comment.empty()) schema["description"] = comment;
  return schema;
}

bool IsHttpBody(const Descriptor& message) { return message.full_name() == "google.api.HttpBody"; }

bool HasRequiredField(const Descriptor& message) {
  for (int i = 0; i < message.field_count(); ++i) {
    if (IsRequired(*message.field(i))) return true;
  }
  return false;
}

}  // namespace jobmesh::gateway::openapi
