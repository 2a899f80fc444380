#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <nlohmann/json.hpp>

#include "gateway/openapi/type_names.h"

namespace jobmesh::gateway::openapi {

// Keeps the members of objects in the order they were added.
using Json = nlohmann::ordered_json;

// Whether a value is sent to the gateway or comes from it. They differ: what comes holds every
// field without presence, what is sent may leave out all that are not required.
enum class Direction { kInput, kOutput };

// Turns messages into JSON schemas of OpenAPI 3.1, by the JSON mapping of proto3 as
// gateway/transcode does it. Messages and enums become component schemas, referred to by $ref.
// The descriptors must outlive this. Not thread-safe.
class Schemas {
 public:
  // `outputs`: every message that is an answer. A message that is part of an answer and of a
  // request too gets a second component for requests where the two differ, `library.v1.Book-Input`.
  explicit Schemas(const std::vector<const google::protobuf::Descriptor*>& outputs);

  Json Message(const google::protobuf::Descriptor& message, Direction direction);
  // Without the comment: the value of a field, a list or object where it is repeated.
  Json Field(const google::protobuf::FieldDescriptor& field, Direction direction);
  // One value of a repeated field, or the value of one that is not.
  Json Value(const google::protobuf::FieldDescriptor& field, Direction direction);

  // Defines a component of the gateway's own. Its name must hold a character that is in no name
  // of a .proto.
  void Define(const std::string& name, Json schema) { components_[name] = std::move(schema); }
  static Json Ref(const std::string& name) { return {{"$ref", "#/components/schemas/" + name}}; }

  // Everything referred to so far, by name.
  const std::map<std::string, Json>& components() const { return components_; }

 private:
  Json Object(const google::protobuf::Descriptor& message, Direction direction);
  Json Enum(const google::protobuf::EnumDescriptor& enumeration);

  std::set<const google::protobuf::Descriptor*> in_answers_;
  TypeNames names_;
  std::map<std::string, Json> components_;
};

// A schema with what a comment says, nothing when it says nothing.
Json Described(Json schema, const std::string& comment);

// `google.api.HttpBody`: bytes of any media type instead of JSON.
bool IsHttpBody(const google::protobuf::Descriptor& message);

// Whether a request message has a field that must be given.
bool HasRequiredField(const google::protobuf::Descriptor& message);

}  // namespace jobmesh::gateway::openapi
