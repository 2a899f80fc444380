#include "gateway/transcode/json_parser.h"

#include <utility>
#include <vector>

#include <absl/container/flat_hash_set.h>
#include <absl/container/inlined_vector.h>

#include "gateway/transcode/field_error.h"
#include "gateway/transcode/scalar_text.h"
#include "gateway/transcode/suggestion.h"

namespace jobmesh::gateway::transcode {
namespace {

// Messages inside one another that parsers take (protobuf's default).
constexpr int kMaxMessages = 100;

// Which fields and which member of each oneof an object has given so far.
class Given {
 public:
  explicit Given(const MessageTable& table)
      : fields_(table.fields().size() / 64 + 1),
        oneofs_(static_cast<std::size_t>(table.oneof_count())) {}

  // False when it was given before.
  bool Add(const FieldTable& field) {
    std::uint64_t& word = fields_[field.index / 64];
    const std::uint64_t bit = std::uint64_t{1} << field.index % 64;
    if ((word & bit) != 0) return false;
    word |= bit;
    return true;
  }
  // The other member of the oneof of `field` that is set, or null after setting this one.
  const FieldTable* SetOneof(const FieldTable& field) {
    const FieldTable*& member = oneofs_[static_cast<std::size_t>(field.oneof)];
    return std::exchange(member, &field);
  }

 private:
  absl::InlinedVector<std::uint64_t, 2> fields_;
  absl::InlinedVector<const FieldTable*, 4> oneofs_;
};

bool AcceptsNull(const FieldTable& field) {
  return (field.message != nullptr && field.message->well_known() == WellKnown::kValue) ||
         (field.enumeration != nullptr && field.enumeration->is_null_value());
}

}  // namespace

std::string JsonParser::PathOf(const Place& place) {
  std::vector<const Place*> places;
  for (const Place* at = &place; at != nullptr; at = at->parent) places.push_back(at);
  std::string path;
  for (auto at = places.rbegin(); at != places.rend(); ++at) {
    if ((*at)->index >= 0) {
      path += '[' + std::to_string((*at)->index) + ']';
      continue;
    }
    const std::string_view name =
        (*at)->field != nullptr ? std::string_view((*at)->field->json_name) : (*at)->key;
    if (name.empty() && (*at)->parent == nullptr) continue;
    if (!path.empty()) path += '.';
    path += name.size() <= 64 ? std::string(name) : QuoteShortly(name);
  }
  return path;
}

bool JsonParser::Refuse(const Place& place, std::string message) {
  if (status_.ok()) {
    status_ = FieldErrorStatus(
        {.location = "body", .field = PathOf(place), .message = std::move(message)});
  }
  return false;
}

bool JsonParser::NotJson(const Place& place) {
  return Refuse(place,
                "not valid JSON at byte " + std::to_string(in_.offset()) + ": " + in_.problem());
}

bool JsonParser::Enter(char bracket, const char* expected, const Place& place) {
  if (!in_.Take(bracket)) return Refuse(place, expected);
  if (++depth_ > options_.max_depth) {
    return Refuse(place, "nested deeper than " + std::to_string(options_.max_depth) + " levels");
  }
  return true;
}

bool JsonParser::OpenMessage(const Place& place, std::size_t* mark) {
  if (++messages_ > kMaxMessages) return Refuse(place, "nested too deep");
  *mark = out_.Open();
  return true;
}

void JsonParser::CloseMessage(std::size_t mark) {
  out_.Close(mark);
  --messages_;
}

bool JsonParser::Next(char close, bool* more, const Place& place) {
  if (in_.Take(',')) return true;
  if (in_.Take(close)) {
    *more = false;
    return true;
  }
  in_.Refuse(std::string("expected ',' or '") + close + '\'');
  return NotJson(place);
}

bool JsonParser::EndOfText() {
  if (in_.AtEnd()) return true;
  in_.Refuse("expected the end");
  return NotJson({});
}

bool JsonParser::Whole(const MessageTable& table) {
  const Place root;
  if (in_.Peek() == 'n' && table.well_known() != WellKnown::kValue) {
    return Refuse(root, "expected an object");
  }
  return Message(table, root) && EndOfText();
}

bool JsonParser::WholeField(const FieldTable& field) { return Field(field, {}) && EndOfText(); }

bool JsonParser::Message(const MessageTable& table, const Place& place) {
  switch (table.well_known()) {
    case WellKnown::kTimestamp:
    case WellKnown::kDuration:
      return Time(table, place);
    case WellKnown::kFieldMask:
      return FieldMask(table, place);
    case WellKnown::kStruct:
      return Map(*table.FindNumber(1), place);
    case WellKnown::kValue:
      return DynamicValue(table, place);
    case WellKnown::kListValue:
      return ListValue(table, place);
    case WellKnown::kAny:
      return Any(table, place);
    case WellKnown::kWrapper:
      return Wrapper(table, place);
    case WellKnown::kHttpBody:
    case WellKnown::kNone:
      break;
  }
  return Object(table, place, false);
}

bool JsonParser::Object(const MessageTable& table, const Place& place, bool in_any) {
  if (!Enter('{', "expected an object", place)) return false;
  Given given(table);
  bool type_given = false;
  std::size_t next = 0;  // clients tend to write members in the order of declaration
  bool more = !in_.Take('}');
  while (more) {
    std::string_view name;
    if (!in_.ReadString(&name)) return NotJson(place);
    const FieldTable* field = nullptr;
    if (next < table.fields().size() && table.fields()[next].json_name == name) {
      field = &table.fields()[next];
    } else {
      field = table.FindName(name);
    }
    const Place member{.parent = &place, .field = field, .key = name};
    if (field == nullptr) {
      const bool type = in_any && name == "@type";
      if (!type && options_.unknown_fields == UnknownFields::kRefuse) {
        return Refuse(member, "unknown field" + SuggestField(table, name));
      }
      if (type && std::exchange(type_given, true)) return Refuse(member, "given twice");
      if (!in_.Take(':')) {
        in_.Refuse("expected ':'");
        return NotJson(place);
      }
      if (!in_.SkipValue(options_.max_depth - depth_)) return NotJson(place);
    } else {
      next = field->index + 1;
      if (!given.Add(*field)) return Refuse(member, "given twice");
      if (!in_.Take(':')) {
        in_.Refuse("expected ':'");
        return NotJson(member);
      }
      if (field->oneof >= 0 && (in_.Peek() != 'n' || AcceptsNull(*field))) {
        if (const FieldTable* other = given.SetOneof(*field); other != nullptr) {
          return Refuse(member, "excludes " + other->json_name + ", which is given too");
        }
      }
      if (!Field(*field, member)) return false;
    }
    if (!Next('}', &more, place)) return false;
  }
  Leave();
  return true;
}

bool JsonParser::Field(const FieldTable& field, const Place& place) {
  const char first = in_.Peek();
  if (first == 'n' && (field.repeated || !AcceptsNull(field))) {
    return in_.ReadLiteral("null") || NotJson(place);
  }
  if (field.map) return Map(field, place);
  if (!field.repeated) return Singular(field, place);
  if (first == '[') return List(field, place);
  if (field.is_message()) return Refuse(place, "expected a list");
  if (field.packed) {
    out_.Tag(field.tag);
    const std::size_t mark = out_.Open();
    if (!Scalar(field, place)) return false;
    out_.Close(mark);
    return true;
  }
  return Singular(field, place);
}

bool JsonParser::Singular(const FieldTable& field, const Place& place) {
  if (field.kind == Kind::kGroup) return Refuse(place, "groups cannot be given in JSON");
  out_.Tag(MakeTag(field.number, field.wire_type));
  if (!field.is_message()) return Scalar(field, place);
  std::size_t mark;
  if (!OpenMessage(place, &mark) || !Message(*field.message, place)) return false;
  CloseMessage(mark);
  return true;
}

bool JsonParser::List(const FieldTable& field, const Place& place) {
  if (!Enter('[', "expected a list", place)) return false;
  const WireWriter::Checkpoint before = out_.Save();
  std::size_t mark = 0;
  if (field.packed) {
    out_.Tag(field.tag);
    mark = out_.Open();
  }
  bool any = false;
  bool more = !in_.Take(']');
  for (long index = 0; more; ++index) {
    const Place element{.parent = &place, .index = index};
    if (in_.Peek() == 'n' && !AcceptsNull(field)) {
      if (!in_.ReadLiteral("null")) return NotJson(element);
    } else {
      any = true;
      if (!(field.packed ? Scalar(field, element) : Singular(field, element))) return false;
    }
    if (!Next(']', &more, place)) return false;
  }
  if (!any) {
    out_.Restore(before);
  } else if (field.packed) {
    out_.Close(mark);
  }
  Leave();
  return true;
}

bool JsonParser::Map(const FieldTable& field, const Place& place) {
  if (!Enter('{', "expected an object", place)) return false;
  absl::flat_hash_set<std::string> keys;  // encoded
  bool more = !in_.Take('}');
  while (more) {
    std::string_view text;
    if (!in_.ReadString(&text)) return NotJson(place);
    const std::string key(text);
    const Place member{.parent = &place, .key = key};
    out_.Tag(field.tag);
    std::size_t mark;
    if (!OpenMessage(member, &mark)) return false;
    const WireWriter::Checkpoint before = out_.Save();
    const FieldTable& key_field = field.map_key();
    std::string problem;
    out_.Tag(key_field.tag);
    if (!PutScalarText(key_field, key, TextSource::kJsonString, &out_, &problem)) {
      return Refuse(member, "key: " + problem);
    }
    if (!keys.emplace(out_.Since(before)).second) return Refuse(member, "given twice");
    if (!in_.Take(':')) {
      in_.Refuse("expected ':'");
      return NotJson(member);
    }
    if (!MapMember(field, member)) return false;
    CloseMessage(mark);
    if (!Next('}', &more, place)) return false;
  }
  Leave();
  return true;
}

bool JsonParser::MapMember(const FieldTable& field, const Place& place) {
  const FieldTable& value = field.map_value();
  if (in_.Peek() == 'n' && !AcceptsNull(value)) {
    return in_.ReadLiteral("null") || NotJson(place);
  }
  return Singular(value, place);
}

bool JsonParser::Scalar(const FieldTable& field, const Place& place) {
  const char first = in_.Peek();
  std::string_view text;
  TextSource source = TextSource::kJsonString;
  switch (field.kind) {
    case Kind::kString:
    case Kind::kBytes:
      if (first != '"') return Refuse(place, "expected a string");
      if (!in_.ReadString(&text)) return NotJson(place);
      break;
    case Kind::kBool:
      if (first == 't' || first == 'f') {
        if (!in_.ReadLiteral(first == 't' ? "true" : "false")) return NotJson(place);
        out_.Varint(first == 't' ? 1 : 0);
        return true;
      }
      if (first != '"') return Refuse(place, "expected true or false");
      if (!in_.ReadString(&text)) return NotJson(place);
      break;
    default:
      if (first == '"') {
        if (!in_.ReadString(&text)) return NotJson(place);
      } else if (first == '-' || (first >= '0' && first <= '9')) {
        if (!in_.ReadNumber(&text)) return NotJson(place);
        source = TextSource::kJsonNumber;
      } else if (first == 'n' && field.kind == Kind::kEnum && field.enumeration->is_null_value()) {
        if (!in_.ReadLiteral("null")) return NotJson(place);
        out_.Varint(0);
        return true;
      } else {
        return Refuse(place, field.kind == Kind::kEnum ? "expected the name or number of a value"
                                                       : "expected a number");
      }
      break;
  }
  std::string problem;
  return PutScalarText(field, text, source, &out_, &problem) || Refuse(place, problem);
}

}  // namespace jobmesh::gateway::transcode
