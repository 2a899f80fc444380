#include "gateway/transcode/message_table.h"

#include <algorithm>

#include "gateway/transcode/json_writer.h"
#include "runtime/strings.h"

namespace jobmesh::gateway::transcode {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

// Field numbers below this are looked up in an array.
constexpr std::uint32_t kDenseNumbers = 256;

WellKnown WellKnownOf(const std::string& full_name) {
  static const auto* const known = new absl::flat_hash_map<std::string, WellKnown>{
      {"google.protobuf.Timestamp", WellKnown::kTimestamp},
      {"google.protobuf.Duration", WellKnown::kDuration},
      {"google.protobuf.FieldMask", WellKnown::kFieldMask},
      {"google.protobuf.Struct", WellKnown::kStruct},
      {"google.protobuf.Value", WellKnown::kValue},
      {"google.protobuf.ListValue", WellKnown::kListValue},
      {"google.protobuf.Any", WellKnown::kAny},
      {"google.protobuf.DoubleValue", WellKnown::kWrapper},
      {"google.protobuf.FloatValue", WellKnown::kWrapper},
      {"google.protobuf.Int64Value", WellKnown::kWrapper},
      {"google.protobuf.UInt64Value", WellKnown::kWrapper},
      {"google.protobuf.Int32Value", WellKnown::kWrapper},
      {"google.protobuf.UInt32Value", WellKnown::kWrapper},
      {"google.protobuf.BoolValue", WellKnown::kWrapper},
      {"google.protobuf.StringValue", WellKnown::kWrapper},
      {"google.protobuf.BytesValue", WellKnown::kWrapper},
      {"google.api.HttpBody", WellKnown::kHttpBody},
  };
  const auto found = known->find(full_name);
  return found == known->end() ? WellKnown::kNone : found->second;
}

WireType WireTypeOf(Kind kind) {
  switch (kind) {
    case Kind::kDouble:
    case Kind::kFixed64:
    case Kind::kSfixed64:
      return WireType::kFixed64;
    case Kind::kFloat:
    case Kind::kFixed32:
    case Kind::kSfixed32:
      return WireType::kFixed32;
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kMessage:
      return WireType::kLength;
    case Kind::kGroup:
      return WireType::kStartGroup;
    default:
      return WireType::kVarint;
  }
}

// The JSON of a field that is not on the wire and has no presence.
std::string DefaultJson(const FieldTable& field) {
  if (field.map) return "{}";
  if (field.repeated) return "[]";
  switch (field.kind) {
    case Kind::kInt64:
    case Kind::kUint64:
    case Kind::kFixed64:
    case Kind::kSfixed64:
    case Kind::kSint64:
      return "\"0\"";
    case Kind::kBool:
      return "false";
    case Kind::kString:
    case Kind::kBytes:
      return "\"\"";
    case Kind::kEnum: {
      if (field.enumeration->is_null_value()) return "null";
      const std::string* name = field.enumeration->NameOf(0);
      return name == nullptr ? "0" : '"' + *name + '"';
    }
    case Kind::kMessage:
    case Kind::kGroup:
      return "null";
    default:
      return "0";
  }
}

}  // namespace

EnumTable::EnumTable(const EnumDescriptor& descriptor)
    : full_name_(descriptor.full_name()),
      is_null_value_(full_name_ == "google.protobuf.NullValue") {
  for (int i = 0; i < descriptor.value_count(); ++i) {
    const auto& value = *descriptor.value(i);
    names_.push_back(value.name());
    by_name_.emplace(value.name(), value.number());
    by_number_.emplace_back(value.number(), value.name());
  }
  // Of several names of one number, the first declared is printed.
  const auto before = [](const auto& a, const auto& b) { return a.first < b.first; };
  const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
  std::stable_sort(by_number_.begin(), by_number_.end(), before);
  by_number_.erase(std::unique(by_number_.begin(), by_number_.end(), same), by_number_.end());
}

const std::string* EnumTable::NameOf(std::int32_t number) const {
  // Most enums count from 0 without gaps.
  const auto guess = static_cast<std::size_t>(number);
  if (number >= 0 && guess < by_number_.size() && by_number_[guess].first == number) {
    return &by_number_[guess].second;
  }
  const auto found =
      std::lower_bound(by_number_.begin(), by_number_.end(), number,
                       [](const auto& entry, std::int32_t n) { return entry.first < n; });
  return found == by_number_.end() || found->first != number ? nullptr : &found->second;
}

std::optional<std::int32_t> EnumTable::NumberOf(std::string_view name) const {
  const auto found = by_name_.find(runtime::Av(name));
  if (found == by_name_.end()) return std::nullopt;
  return found->second;
}

const FieldTable* MessageTable::FindSparse(std::uint32_t number) const {
  const auto found = sparse_.find(number);
  return found == sparse_.end() ? nullptr : &fields_[found->second];
}

const FieldTable* MessageTable::FindName(std::string_view name) const {
  const auto found = by_name_.find(runtime::Av(name));
  return found == by_name_.end() ? nullptr : &fields_[found->second];
}

std::shared_ptr<const TypeTables> TypeTables::Compile(
    const std::vector<const FileDescriptor*>& files) {
  std::shared_ptr<TypeTables> tables(new TypeTables());
  for (const FileDescriptor* file : files) {
    for (int i = 0; i < file->message_type_count(); ++i) tables->AddNested(*file->message_type(i));
  }
  while (!tables->unfilled_.empty()) {
    const Descriptor& descriptor = *tables->unfilled_.back();
    tables->unfilled_.pop_back();
    tables->FillFields(descriptor, tables->messages_.at(descriptor.full_name()).get());
  }
  return tables;
}

const MessageTable* TypeTables::Find(std::string_view full_name) const {
  const auto found = messages_.find(runtime::Av(full_name));
  return found == messages_.end() ? nullptr : found->second.get();
}

void TypeTables::AddNested(const Descriptor& descriptor) {
  Message(descriptor);
  for (int i = 0; i < descriptor.nested_type_count(); ++i) AddNested(*descriptor.nested_type(i));
}

const MessageTable* TypeTables::Message(const Descriptor& descriptor) {
  std::unique_ptr<MessageTable>& slot = messages_[descriptor.full_name()];
  if (slot == nullptr) {
    slot.reset(new MessageTable());
    slot->full_name_ = descriptor.full_name();
    slot->well_known_ = WellKnownOf(descriptor.full_name());
    slot->types_ = this;
    unfilled_.push_back(&descriptor);
  }
  return slot.get();
}

const EnumTable* TypeTables::Enum(const EnumDescriptor& descriptor) {
  std::unique_ptr<EnumTable>& slot = enums_[descriptor.full_name()];
  if (slot == nullptr) slot = std::make_unique<EnumTable>(descriptor);
  return slot.get();
}

void TypeTables::FillFields(const Descriptor& descriptor, MessageTable* table) {
  table->fields_.reserve(static_cast<std::size_t>(descriptor.field_count()));
  std::uint32_t dense_size = 0;
  for (int i = 0; i < descriptor.field_count(); ++i) {
    FieldTable field = Field(*descriptor.field(i));
    field.index = static_cast<std::uint32_t>(i);
    if (i > 0 && field.number < table->fields_.back().number) table->in_number_order_ = false;
    if (field.number < kDenseNumbers) dense_size = std::max(dense_size, field.number + 1);
    table->fields_.push_back(std::move(field));
  }
  table->oneof_count_ = descriptor.real_oneof_decl_count();
  table->dense_.assign(dense_size, -1);
  for (const FieldTable& field : table->fields_) {
    if (field.number < kDenseNumbers) {
      table->dense_[field.number] = static_cast<std::int32_t>(field.index);
    } else {
      table->sparse_.emplace(field.number, field.index);
    }
    table->by_name_.insert_or_assign(field.json_name, field.index);
  }
  // Where one field's name is another's JSON name, the JSON name counts.
  for (const FieldTable& field : table->fields_) table->by_name_.emplace(field.name, field.index);
}

FieldTable TypeTables::Field(const FieldDescriptor& descriptor) {
  FieldTable field;
  field.name = descriptor.name();
  field.json_name = descriptor.json_name();
  field.number = static_cast<std::uint32_t>(descriptor.number());
  field.kind = static_cast<Kind>(descriptor.type());
  field.wire_type = WireTypeOf(field.kind);
  field.repeated = descriptor.is_repeated();
  field.map = descriptor.is_map();
  field.packed = descriptor.is_packed();
  field.has_presence = descriptor.has_presence();
  field.tag = MakeTag(field.number, field.packed ? WireType::kLength : field.wire_type);
  if (const auto* oneof = descriptor.real_containing_oneof()) field.oneof = oneof->index();
  if (descriptor.message_type() != nullptr) field.message = Message(*descriptor.message_type());
  if (descriptor.enum_type() != nullptr) field.enumeration = Enum(*descriptor.enum_type());
  {
    JsonWriter writer(&field.key, field.json_name.size());
    writer.String(field.json_name);
    writer.Raw(":");
  }
  field.default_json = DefaultJson(field);
  if (!field.has_presence) field.absent = field.key + field.default_json + ',';
  return field;
}

}  // namespace jobmesh::gateway::transcode
