#pragma once

#include <string>
#include <string_view>

#include <absl/status/status.h>

#include "gateway/transcode/json_reader.h"
#include "gateway/transcode/json_to_wire.h"
#include "gateway/transcode/message_table.h"
#include "gateway/transcode/wire.h"

namespace jobmesh::gateway::transcode {

// One walk over a JSON text that writes a message; JsonToWire without the outer frame. Every method
// answers false on the first error, which status() then tells.
class JsonParser {
 public:
  JsonParser(std::string_view json, const ParseOptions& options, WireWriter* out)
      : in_(json), options_(options), out_(*out) {}

  // The text is one message, or one value of `field`, and nothing more.
  bool Whole(const MessageTable& table);
  bool WholeField(const FieldTable& field);

  absl::Status status() const { return status_; }

 private:
  // Where in the text the parser is: a list through the stack, spelt out only for an error.
  struct Place {
    const Place* parent = nullptr;
    const FieldTable* field = nullptr;  // a member of a message,
    std::string_view key;               // or of a map, or unknown,
    long index = -1;                    // or an element of a list
  };

  // The content of a message, without tag and length.
  bool Message(const MessageTable& table, const Place& place);
  // Members of an object into fields of `table`. With `in_any`, the member @type is passed over.
  bool Object(const MessageTable& table, const Place& place, bool in_any);
  // A field with its tag: everything, one value, or the value alone without tag.
  bool Field(const FieldTable& field, const Place& place);
  bool Singular(const FieldTable& field, const Place& place);
  bool List(const FieldTable& field, const Place& place);
  bool Map(const FieldTable& field, const Place& place);
  bool MapMember(const FieldTable& field, const Place& place);
  bool Scalar(const FieldTable& field, const Place& place);

  // json_parser_well_known.cc
  bool Time(const MessageTable& table, const Place& place);
  bool FieldMask(const MessageTable& table, const Place& place);
  bool Wrapper(const MessageTable& table, const Place& place);
  bool ListValue(const MessageTable& table, const Place& place);
  bool DynamicValue(const MessageTable& table, const Place& place);
  bool Any(const MessageTable& table, const Place& place);
  bool ReadAnyType(const Place& place, std::string* type_url);
  bool AnyValue(const MessageTable& type, const Place& place);

  // An opening bracket and what belongs to it; Leave() after the closing one.
  bool Enter(char bracket, const char* expected, const Place& place);
  void Leave() { --depth_; }
  // The same for a sub-message or an entry of a map: one object of JSON can be several.
  bool OpenMessage(const Place& place, std::size_t* mark);
  void CloseMessage(std::size_t mark);
  // After a value in an object or a list: false in `*more` when `close` follows instead of a comma.
  bool Next(char close, bool* more, const Place& place);
  bool EndOfText();

  bool Refuse(const Place& place, std::string message);
  // The text is not JSON here.
  bool NotJson(const Place& place);
  static std::string PathOf(const Place& place);

  JsonReader in_;
  const ParseOptions& options_;
  WireWriter& out_;
  int depth_ = 0;
  int messages_ = 0;  // inside one another at this place
  absl::Status status_;
};

}  // namespace jobmesh::gateway::transcode
