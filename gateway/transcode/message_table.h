#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <google/protobuf/descriptor.h>

#include "gateway/transcode/wire.h"

namespace jobmesh::gateway::transcode {

// Types of fields; the numbers are FieldDescriptorProto.Type's.
enum class Kind : std::uint8_t {
  kDouble = 1,
  kFloat = 2,
  kInt64 = 3,
  kUint64 = 4,
  kInt32 = 5,
  kFixed64 = 6,
  kFixed32 = 7,
  kBool = 8,
  kString = 9,
  kGroup = 10,
  kMessage = 11,
  kBytes = 12,
  kUint32 = 13,
  kEnum = 14,
  kSfixed32 = 15,
  kSfixed64 = 16,
  kSint32 = 17,
  kSint64 = 18,
};

// Messages whose JSON form is not an object of their fields, and google.api.HttpBody.
enum class WellKnown : std::uint8_t {
  kNone,
  kTimestamp,
  kDuration,
  kFieldMask,
  kStruct,
  kValue,
  kListValue,
  kAny,
  kWrapper,
  kHttpBody,
};

// Names and numbers of an enum.
class EnumTable {
 public:
  explicit EnumTable(const google::protobuf::EnumDescriptor& descriptor);

  const std::string& full_name() const { return full_name_; }
  // google.protobuf.NullValue, whose JSON form is null.
  bool is_null_value() const { return is_null_value_; }
  // The first declared name of `number`, or null.
  const std::string* NameOf(std::int32_t number) const;
  std::optional<std::int32_t> NumberOf(std::string_view name) const;
  // Every name in the order of declaration.
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::string full_name_;
  bool is_null_value_;
  std::vector<std::pair<std::int32_t, std::string>> by_number_;  // sorted, one name a number
  absl::flat_hash_map<std::string, std::int32_t> by_name_;
  std::vector<std::string> names_;
};

class MessageTable;

// One field of a message.
struct FieldTable {
  std::string name;          // as in the .proto
  std::string json_name;     // in JSON
  std::string key;           // `"json_name":`
  std::string default_json;  // of the type's default value: `0`, `""`, `[]`; `null` of a message
  std::string
      absent;  // what is printed where the field is not on the wire: `"json_name":0,` or nothing
  std::uint32_t number = 0;
  std::uint32_t tag = 0;    // what is written in front of the value, or of the packed values
  std::uint32_t index = 0;  // position in MessageTable::fields()
  Kind kind = Kind::kInt32;
  WireType wire_type = WireType::kVarint;  // of one value, not packed
  bool repeated = false;                   // maps too
  bool map = false;
  bool packed = false;        // written packed
  bool has_presence = false;  // absent differs from the default
  int oneof = -1;             // index among the message's oneofs of more than one field, or -1
  const MessageTable* message = nullptr;  // of kMessage and kGroup; the entry type of a map
  const EnumTable* enumeration = nullptr;

  // Whether a value with this wire type is one of the field, or several packed ones.
  bool Fits(WireType type) const {
    return kind != Kind::kGroup && (type == wire_type || (repeated && type == WireType::kLength));
  }
  bool is_message() const { return kind == Kind::kMessage; }
  // Of a map.
  const FieldTable& map_key() const;
  const FieldTable& map_value() const;
};

class TypeTables;

// The fields of a message as the translators need them. Immutable, thread-safe, independent of the
// descriptors it was compiled from; lives as long as its TypeTables.
class MessageTable {
 public:
  const std::string& full_name() const { return full_name_; }
  WellKnown well_known() const { return well_known_; }
  // In the order of declaration.
  const std::vector<FieldTable>& fields() const { return fields_; }
  int oneof_count() const { return oneof_count_; }
  // Declared in the order of the numbers, as serialisers write them.
  bool in_number_order() const { return in_number_order_; }
  const TypeTables& types() const { return *types_; }

  const FieldTable* FindNumber(std::uint32_t number) const {
    if (number < dense_.size()) {
      const std::int32_t index = dense_[number];
      return index < 0 ? nullptr : &fields_[static_cast<std::size_t>(index)];
    }
    return FindSparse(number);
  }
  // By JSON name or by the name in the .proto.
  const FieldTable* FindName(std::string_view name) const;

 private:
  friend class TypeTables;

  const FieldTable* FindSparse(std::uint32_t number) const;

  std::string full_name_;
  WellKnown well_known_ = WellKnown::kNone;
  std::vector<FieldTable> fields_;
  int oneof_count_ = 0;
  bool in_number_order_ = true;
  std::vector<std::int32_t> dense_;
  absl::flat_hash_map<std::uint32_t, std::uint32_t> sparse_;
  absl::flat_hash_map<std::string, std::uint32_t> by_name_;
  const TypeTables* types_ = nullptr;
};

inline const FieldTable& FieldTable::map_key() const { return *message->FindNumber(1); }
inline const FieldTable& FieldTable::map_value() const { return *message->FindNumber(2); }

// The tables of every message of some files and of all that they refer to. Immutable, thread-safe.
class TypeTables {
 public:
  // The descriptors are not needed any more after this.
  static std::shared_ptr<const TypeTables> Compile(
      const std::vector<const google::protobuf::FileDescriptor*>& files);

  TypeTables(const TypeTables&) = delete;
  TypeTables& operator=(const TypeTables&) = delete;

  // By full name (`jobmesh.postings.v1.Posting`); null when unknown.
  const MessageTable* Find(std::string_view full_name) const;

 private:
  TypeTables() = default;

  const MessageTable* Message(const google::protobuf::Descriptor& descriptor);
  const EnumTable* Enum(const google::protobuf::EnumDescriptor& descriptor);
  void AddNested(const google::protobuf::Descriptor& descriptor);
  void FillFields(const google::protobuf::Descriptor& descriptor, MessageTable* table);
  FieldTable Field(const google::protobuf::FieldDescriptor& descriptor);

  absl::flat_hash_map<std::string, std::unique_ptr<MessageTable>> messages_;
  absl::flat_hash_map<std::string, std::unique_ptr<EnumTable>> enums_;
  std::vector<const google::protobuf::Descriptor*> unfilled_;  // while compiling
};

}  // namespace jobmesh::gateway::transcode
