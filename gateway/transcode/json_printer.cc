#include "gateway/transcode/json_printer.h"

#include <algorithm>
#include <bit>

namespace jobmesh::gateway::transcode {
namespace {

// Members of this many oneofs can be told apart while printing in order.
constexpr int kMaxOneofsInOrder = 64;

}  // namespace

bool JsonPrinter::Refuse(const char* problem, const std::string& where) {
  if (problem_ == nullptr) {
    problem_ = problem;
    where_ = where;
  }
  return false;
}

std::string JsonPrinter::Problem() const {
  return std::string(problem_ == nullptr ? "malformed bytes" : problem_) + " in " + where_;
}

bool JsonPrinter::Message(const MessageTable& table, std::string_view wire, int depth) {
  if (depth > options_.max_depth) return Refuse("messages nested too deep", table.full_name());
  switch (table.well_known()) {
    case WellKnown::kTimestamp:
    case WellKnown::kDuration:
      return Time(table, wire);
    case WellKnown::kFieldMask:
      return FieldMask(table, wire);
    case WellKnown::kStruct:
      return Struct(table, wire, depth);
    case WellKnown::kValue:
      return DynamicValue(table, wire, depth);
    case WellKnown::kListValue:
      return ListValue(table, wire, depth);
    case WellKnown::kAny:
      return Any(table, wire, depth);
    case WellKnown::kWrapper:
      return Wrapper(table, wire, depth);
    case WellKnown::kHttpBody:
    case WellKnown::kNone:
      break;
  }
  writer_.OpenObject();
  if (!Fields(table, wire, depth)) return false;
  writer_.CloseObject();
  return true;
}

bool JsonPrinter::Fields(const MessageTable& table, std::string_view wire, int depth) {
  if (mode_ == Mode::kInOrder && table.in_number_order() &&
      table.oneof_count() <= kMaxOneofsInOrder) {
    return FieldsInOrder(table, wire, depth);
  }
  return FieldsInAnyOrder(table, wire, depth);
}

bool JsonPrinter::FieldsInOrder(const MessageTable& table, std::string_view wire, int depth) {
  const std::vector<FieldTable>& fields = table.fields();
  WireReader in(wire);
  std::size_t next = 0;  // fields before this one are printed
  std::uint64_t oneofs = 0;
  std::uint32_t tag = 0;
  bool tag_is_read = false;
  while (tag_is_read || !in.done()) {
    if (!tag_is_read && !in.ReadTag(&tag)) return Malformed(table);
    tag_is_read = false;
    const std::uint32_t number = TagNumber(tag);
    const FieldTable* field = next < fields.size() && fields[next].number == number
                                  ? &fields[next]
                                  : table.FindNumber(number);
    if (field == nullptr || !field->Fits(TagWireType(tag))) {
      if (!in.Skip(tag)) return Malformed(table);
      continue;
    }
    if (field->index < next) return OutOfOrder();
    if (field->oneof >= 0) {
      const std::uint64_t bit = std::uint64_t{1} << field->oneof;
      if ((oneofs & bit) != 0) return OutOfOrder();
      oneofs |= bit;
    }
    for (; next < field->index; ++next) writer_.Raw(fields[next].absent);
    ++next;
    writer_.Raw(field->key);
    if (!field->repeated) {
      if (!Value(*field, &in, depth)) return false;
      writer_.Comma();
      continue;
    }
    std::vector<std::string_view> entries;  // of a map
    if (!field->map) writer_.OpenArray();
    do {
      if (field->map) {
        if (!in.ReadLength(&entries.emplace_back())) return Malformed(table);
      } else if (!Elements(*field, TagWireType(tag), &in, depth)) {
        return false;
      }
      if (in.done()) break;
      if (!in.ReadTag(&tag)) return Malformed(table);
      tag_is_read = TagNumber(tag) != number || !field->Fits(TagWireType(tag));
    } while (!tag_is_read);
    if (field->map) {
      if (!Map(*field, entries, depth)) return false;
    } else {
      writer_.CloseArray();
    }
    writer_.Comma();
  }
  for (; next < fields.size(); ++next) writer_.Raw(fields[next].absent);
  return true;
}

bool JsonPrinter::Collect(const MessageTable& table, std::string_view wire,
                          Occurrences* occurrences) {
  // The member of each oneof that is set, and where it was: setting another clears the one before.
  struct Member {
    const FieldTable* field = nullptr;
    std::size_t since = 0;
  };
  std::vector<Member> members(static_cast<std::size_t>(table.oneof_count()));
  bool cleared = false;
  WireReader in(wire);
  while (!in.done()) {
    std::uint32_t tag;
    if (!in.ReadTag(&tag)) return Malformed(table);
    const FieldTable* field = table.FindNumber(TagNumber(tag));
    const WireType type = TagWireType(tag);
    const char* begin = in.position();
    if (!in.Skip(tag)) return Malformed(table);
    if (field == nullptr || !field->Fits(type)) continue;
    if (field->oneof >= 0) {
      Member& member = members[static_cast<std::size_t>(field->oneof)];
      if (member.field != field) {
        cleared = cleared || member.field != nullptr;
        member = {field, occurrences->size()};
      }
    }
    occurrences->push_back(
        {field->index, type, {begin, static_cast<std::size_t>(in.position() - begin)}});
  }
  if (cleared) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < occurrences->size(); ++i) {
      const int oneof = table.fields()[(*occurrences)[i].field].oneof;
      if (oneof >= 0 && i < members[static_cast<std::size_t>(oneof)].since) continue;
      (*occurrences)[kept++] = (*occurrences)[i];
    }
    occurrences->resize(kept);
  }
  std::stable_sort(occurrences->begin(), occurrences->end(),
                   [](const Occurrence& a, const Occurrence& b) { return a.field < b.field; });
  return true;
}

bool JsonPrinter::FieldsInAnyOrder(const MessageTable& table, std::string_view wire, int depth) {
  Occurrences occurrences;
  if (!Collect(table, wire, &occurrences)) return false;
  const Occurrence* at = occurrences.data();
  const Occurrence* const end = at + occurrences.size();
  for (const FieldTable& field : table.fields()) {
    const Occurrence* const begin = at;
    while (at < end && at->field == field.index) ++at;
    if (begin == at) {
      writer_.Raw(field.absent);
      continue;
    }
    writer_.Raw(field.key);
    if (!Collected(field, begin, at, depth)) return false;
    writer_.Comma();
  }
  return true;
}

bool JsonPrinter::Collected(const FieldTable& field, const Occurrence* begin, const Occurrence* end,
                            int depth) {
  if (field.map) {
    std::vector<std::string_view> entries;
    for (const Occurrence* at = begin; at < end; ++at) {
      WireReader in(at->value);
      if (!in.ReadLength(&entries.emplace_back())) return Malformed(*field.message);
    }
    return Map(field, entries, depth);
  }
  if (field.repeated) {
    writer_.OpenArray();
    for (const Occurrence* at = begin; at < end; ++at) {
      WireReader in(at->value);
      if (!Elements(field, at->type, &in, depth)) return false;
    }
    writer_.CloseArray();
    return true;
  }
  if (field.is_message() && end - begin > 1) {
    // Parts of a message that came split merge, which is what parsing them in a row does.
    std::string whole;
    for (const Occurrence* at = begin; at < end; ++at) {
      WireReader in(at->value);
      std::string_view part;
      if (!in.ReadLength(&part)) return Malformed(*field.message);
      whole.append(part);
    }
    return Message(*field.message, whole, depth + 1);
  }
  WireReader in(end[-1].value);
  return Value(field, &in, depth);
}

bool JsonPrinter::Elements(const FieldTable& field, WireType type, WireReader* in, int depth) {
  if (type == field.wire_type) {
    if (!Value(field, in, depth)) return false;
    writer_.Comma();
    return true;
  }
  std::string_view packed;
  if (!in->ReadLength(&packed)) return Refuse("malformed bytes", field.name);
  WireReader values(packed);
  while (!values.done()) {
    if (!Value(field, &values, depth)) return false;
    writer_.Comma();
  }
  return true;
}

bool JsonPrinter::Value(const FieldTable& field, WireReader* in, int depth) {
  std::uint64_t number = 0;
  std::uint32_t number32 = 0;
  std::string_view bytes;
  switch (field.wire_type) {
    case WireType::kVarint:
      if (!in->ReadVarint(&number)) return Refuse("malformed bytes", field.name);
      break;
    case WireType::kFixed64:
      if (!in->ReadFixed64(&number)) return Refuse("malformed bytes", field.name);
      break;
    case WireType::kFixed32:
      if (!in->ReadFixed32(&number32)) return Refuse("malformed bytes", field.name);
      break;
    default:
      if (!in->ReadLength(&bytes)) return Refuse("malformed bytes", field.name);
      break;
  }
  switch (field.kind) {
    case Kind::kDouble:
      writer_.Number(std::bit_cast<double>(number));
      return true;
    case Kind::kFloat:
      writer_.Number(std::bit_cast<float>(number32));
      return true;
    case Kind::kInt64:
    case Kind::kSfixed64:
      writer_.QuotedInteger(static_cast<std::int64_t>(number));
      return true;
    case Kind::kUint64:
    case Kind::kFixed64:
      writer_.QuotedInteger(number);
      return true;
    case Kind::kSint64:
      writer_.QuotedInteger(ZigZagDecode(number));
      return true;
    case Kind::kInt32:
      writer_.Integer(static_cast<std::int32_t>(number));
      return true;
    case Kind::kUint32:
      writer_.Integer(static_cast<std::uint32_t>(number));
      return true;
    case Kind::kSint32:
      writer_.Integer(static_cast<std::int32_t>(ZigZagDecode(number & UINT32_MAX)));
      return true;
    case Kind::kFixed32:
      writer_.Integer(number32);
      return true;
    case Kind::kSfixed32:
      writer_.Integer(static_cast<std::int32_t>(number32));
      return true;
    case Kind::kBool:
      writer_.Bool(number != 0);
      return true;
    case Kind::kEnum:
      return Enum(*field.enumeration, static_cast<std::int32_t>(number));
    case Kind::kString:
      return writer_.String(bytes) || Refuse("a string that is not UTF-8", field.name);
    case Kind::kBytes:
      writer_.Base64(bytes);
      return true;
    case Kind::kMessage:
      return Message(*field.message, bytes, depth + 1);
    case Kind::kGroup:
      break;
  }
  return Refuse("malformed bytes", field.name);
}

bool JsonPrinter::Enum(const EnumTable& table, std::int32_t number) {
  if (table.is_null_value()) {
    writer_.Raw("null");
  } else if (const std::string* name = table.NameOf(number); name != nullptr) {
    writer_.PlainString(*name);
  } else {
    writer_.Integer(number);
  }
  return true;
}

bool JsonPrinter::MapEntry(const FieldTable& field, std::string_view entry,
                           Occurrences* key_and_value) {
  key_and_value->clear();
  return Collect(*field.message, entry, key_and_value);
}

bool JsonPrinter::MapKey(const FieldTable& field, const Occurrences& key_and_value,
                         JsonWriter* keys) {
  const FieldTable& key = field.map_key();
  if (key_and_value.empty() || key_and_value.front().field != key.index) {
    const bool quoted = key.default_json.front() == '"';
    quoted ? keys->Raw(key.default_json) : keys->PlainString(key.default_json);
    return true;
  }
  const Occurrence* last = &key_and_value.front();
  for (const Occurrence& each : key_and_value) {
    if (each.field == key.index) last = &each;
  }
  WireReader in(last->value);
  JsonPrinter printer(keys, options_, mode_);
  const bool quoted = key.kind == Kind::kString || key.default_json.front() == '"';
  if (!quoted) keys->Raw("\"");
  if (!printer.Value(key, &in, 0)) return Refuse("a malformed map key", field.name);
  if (!quoted) keys->Raw("\"");
  return true;
}

bool JsonPrinter::Map(const FieldTable& field, const std::vector<std::string_view>& entries,
                      int depth) {
  const FieldTable& value = field.map_value();
  // Keys first: services write them in the order of a hash table, and what is cached or compared
  // must not depend on that.
  struct Member {
    std::size_t begin;  // of the key in `key_text`
    std::size_t end;
    std::string_view entry;
  };
  std::string key_text;
  std::vector<Member> members;
  members.reserve(entries.size());
  Occurrences key_and_value;
  {
    JsonWriter keys(&key_text, entries.size() * 16);
    for (const std::string_view entry : entries) {
      const std::size_t begin = keys.size();
      if (!MapEntry(field, entry, &key_and_value)) return false;
      if (!MapKey(field, key_and_value, &keys)) return false;
      members.push_back({begin, keys.size(), entry});
    }
  }
  const auto key_of = [&key_text](const Member& member) {
    return std::string_view(key_text).substr(member.begin, member.end - member.begin);
  };
  std::stable_sort(members.begin(), members.end(),
                   [&key_of](const Member& a, const Member& b) { return key_of(a) < key_of(b); });
  writer_.OpenObject();
  for (std::size_t i = 0; i < members.size(); ++i) {
    const std::string_view key = key_of(members[i]);
    // Of several entries with one key the last counts.
    if (i + 1 < members.size() && key_of(members[i + 1]) == key) continue;
    writer_.Raw(key);
    writer_.Raw(":");
    if (!MapEntry(field, members[i].entry, &key_and_value)) return false;
    const auto first_value =
        std::find_if(key_and_value.begin(), key_and_value.end(),
                     [&value](const Occurrence& each) { return each.field == value.index; });
    if (first_value != key_and_value.end()) {
      // A copy: the nested call may not use the buffer of this level.
      const Occurrences values(first_value, key_and_value.end());
      if (!Collected(value, values.data(), values.data() + values.size(), depth)) return false;
    } else if (value.is_message()) {
      if (!Message(*value.message, {}, depth + 1)) return false;
    } else {
      writer_.Raw(value.default_json);
    }
    writer_.Comma();
  }
  writer_.CloseObject();
  return true;
}

bool JsonPrinter::OneField(const MessageTable& table, const FieldTable& field,
                           std::string_view wire) {
  Occurrences occurrences;
  if (!Collect(table, wire, &occurrences)) return false;
  const auto before = [](const Occurrence& each, std::uint32_t index) {
    return each.field < index;
  };
  const auto begin = std::lower_bound(occurrences.begin(), occurrences.end(), field.index, before);
  const auto end =
      std::lower_bound(occurrences.begin(), occurrences.end(), field.index + 1, before);
  if (begin == end) {
    writer_.Raw(field.default_json);
    return true;
  }
  return Collected(field, &*begin, &*begin + (end - begin), 1);
}

}  // namespace jobmesh::gateway::transcode
