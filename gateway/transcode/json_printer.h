#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/transcode/json_writer.h"
#include "gateway/transcode/message_table.h"
#include "gateway/transcode/wire.h"
#include "gateway/transcode/wire_to_json.h"

namespace jobmesh::gateway::transcode {

// One walk over the bytes of a message that prints it; WireToJson without the outer frame.
//
// Serialisers write fields in the order of their numbers, which is usually the order of
// declaration, so the printer first trusts the order on the wire and prints as it reads. Where that
// turns out wrong (kInOrder, and fields come late, split or twice) it gives up with out_of_order(),
// and the whole message is printed again with kAnyOrder, which notes where every field is before it
// prints a message.
class JsonPrinter {
 public:
  enum class Mode { kInOrder, kAnyOrder };

  JsonPrinter(JsonWriter* writer, const PrintOptions& options, Mode mode)
      : writer_(*writer), options_(options), mode_(mode) {}

  // Each prints one value; false on bytes that are no such message or with out_of_order().
  bool Message(const MessageTable& table, std::string_view wire, int depth);
  bool OneField(const MessageTable& table, const FieldTable& field, std::string_view wire);

  bool out_of_order() const { return out_of_order_; }
  // Why the bytes were refused.
  std::string Problem() const;

 private:
  // A place where a field stands: its value without the tag, of a certain wire type.
  struct Occurrence {
    std::uint32_t field;
    WireType type;
    std::string_view value;
  };
  using Occurrences = std::vector<Occurrence>;

  bool Fields(const MessageTable& table, std::string_view wire, int depth);
  bool FieldsInOrder(const MessageTable& table, std::string_view wire, int depth);
  bool FieldsInAnyOrder(const MessageTable& table, std::string_view wire, int depth);
  // Every field of the message, sorted by field, without members of a oneof that a later one
  // replaced.
  bool Collect(const MessageTable& table, std::string_view wire, Occurrences* occurrences);
  // Prints a field from all its occurrences, at least one.
  bool Collected(const FieldTable& field, const Occurrence* begin, const Occurrence* end,
                 int depth);

  bool Value(const FieldTable& field, WireReader* in, int depth);
  // Values of a repeated field from one occurrence, packed or not, each with a comma.
  bool Elements(const FieldTable& field, WireType type, WireReader* in, int depth);
  bool Map(const FieldTable& field, const std::vector<std::string_view>& entries, int depth);
  bool MapEntry(const FieldTable& field, std::string_view entry, Occurrences* key_and_value);
  bool MapKey(const FieldTable& field, const Occurrences& key_and_value, JsonWriter* keys);

  bool Enum(const EnumTable& table, std::int32_t number);

  // json_printer_well_known.cc
  bool Time(const MessageTable& table, std::string_view wire);
  bool FieldMask(const MessageTable& table, std::string_view wire);
  bool Struct(const MessageTable& table, std::string_view wire, int depth);
  bool ListValue(const MessageTable& table, std::string_view wire, int depth);
  bool DynamicValue(const MessageTable& table, std::string_view wire, int depth);
  bool Wrapper(const MessageTable& table, std::string_view wire, int depth);
  bool Any(const MessageTable& table, std::string_view wire, int depth);

  // Remember why and answer false.
  bool Refuse(const char* problem, const std::string& where);
  bool Malformed(const MessageTable& table) { return Refuse("malformed bytes", table.full_name()); }
  bool OutOfOrder() {
    out_of_order_ = true;
    return false;
  }

  JsonWriter& writer_;
  const PrintOptions& options_;
  const Mode mode_;
  bool out_of_order_ = false;
  const char* problem_ = nullptr;
  std::string where_;
};

}  // namespace jobmesh::gateway::transcode
