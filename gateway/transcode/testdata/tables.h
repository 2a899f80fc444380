#pragma once

#include <string>

#include <google/protobuf/text_format.h>

#include "gateway/transcode/message_table.h"
#include "gateway/transcode/testdata/everything.pb.h"

namespace jobmesh::gateway::transcode {

// The table of a message of everything.proto.
inline const MessageTable& TestTable(const std::string& name = "Everything") {
  static const auto* const tables = new std::shared_ptr<const TypeTables>(
      TypeTables::Compile({testdata::Everything::descriptor()->file()}));
  return *(*tables)->Find("jobmesh.gateway.testdata." + name);
}

// The text form, in one line, of the message with these bytes; `malformed` if they are none.
template <typename Message = testdata::Everything>
std::string TextOf(const std::string& wire) {
  Message message;
  return message.ParseFromString(wire) ? message.ShortDebugString() : "malformed";
}

// The bytes of a message given in text form.
template <typename Message = testdata::Everything>
std::string WireOf(const std::string& text) {
  Message message;
  return google::protobuf::TextFormat::ParseFromString(text, &message) ? message.SerializeAsString()
                                                                       : "not a message: " + text;
}

}  // namespace jobmesh::gateway::transcode
