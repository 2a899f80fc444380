#pragma once

#include <set>
#include <string>

#include <absl/status/status.h>
#include <google/protobuf/descriptor.h>

namespace jobmesh::gateway::openapi {

// What a .proto file says in front of an element, or else behind it: paragraphs of text, as
// Markdown. Empty where the descriptors came without source info.
std::string CommentOf(const google::protobuf::ServiceDescriptor& service);
std::string CommentOf(const google::protobuf::MethodDescriptor& method);
std::string CommentOf(const google::protobuf::Descriptor& message);
std::string CommentOf(const google::protobuf::FieldDescriptor& field);
std::string CommentOf(const google::protobuf::EnumDescriptor& enumeration);
std::string CommentOf(const google::protobuf::EnumValueDescriptor& value);

// The first sentence in one line, without its full stop.
std::string FirstSentence(const std::string& comment);

// Whether a field must be given: proto3 cannot say so, its comment begins with `Required.`.
bool IsRequired(const google::protobuf::FieldDescriptor& field);

// The codes that the comment of an rpc names behind `Errors:`, as all comments of rpcs here do:
// `Errors: NOT_FOUND (NO_POSTINGS), PERMISSION_DENIED.`
std::set<absl::StatusCode> ErrorCodesIn(const std::string& comment);

}  // namespace jobmesh::gateway::openapi
