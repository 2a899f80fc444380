#include <bit>
#include <cstdint>

#include "gateway/transcode/json_parser.h"
#include "gateway/transcode/scalar_text.h"
#include "gateway/transcode/well_known_wire.h"

// The messages of google/protobuf/*.proto whose JSON form is not an object of their fields
// (https://protobuf.dev/programming-guides/json/).
namespace jobmesh::gateway::transcode {

bool JsonParser::Time(const MessageTable& table, const Place& place) {
  const bool timestamp = table.well_known() == WellKnown::kTimestamp;
  const char* const expected = timestamp ? "expected a time such as \"2026-01-31T12:00:00Z\""
                                         : "expected a duration in seconds such as \"1.5s\"";
  if (in_.Peek() != '"') return Refuse(place, expected);
  std::string_view text;
  if (!in_.ReadString(&text)) return NotJson(place);
  SecondsAndNanos value;
  const bool good = timestamp ? ParseTimestamp(text, &value) : ParseDuration(text, &value);
  if (!good) return Refuse(place, expected);
  PutSecondsAndNanos(value, &out_);
  return true;
}

bool JsonParser::FieldMask(const MessageTable& table, const Place& place) {
  const char first = in_.Peek();
  if (first == '{') return Object(table, place, false);
  if (first != '"') return Refuse(place, "expected field paths such as \"name,author.name\"");
  std::string_view text;
  if (!in_.ReadString(&text)) return NotJson(place);
  PutFieldMask(text, &out_);
  return true;
}

bool JsonParser::Wrapper(const MessageTable& table, const Place& place) {
  if (in_.Peek() == '{') return Object(table, place, false);
  return Singular(*table.FindNumber(1), place);
}

bool JsonParser::ListValue(const MessageTable& table, const Place& place) {
  if (in_.Peek() != '[') return Refuse(place, "expected a list");
  return List(*table.FindNumber(1), place);
}

bool JsonParser::DynamicValue(const MessageTable& table, const Place& place) {
  std::uint32_t number;
  switch (in_.Peek()) {
    case 'n':
      number = 1;
      break;
    case '"':
      number = 3;
      break;
    case 't':
    case 'f':
      number = 4;
      break;
    case '{':
      number = 5;
      break;
    case '[':
      number = 6;
      break;
    default: {
      std::string_view text;
      if (!in_.ReadNumber(&text)) return NotJson(place);
      const FieldTable& field = *table.FindNumber(2);
      out_.Tag(field.tag);
      std::string problem;
      return PutScalarText(field, text, TextSource::kJsonNumber, &out_, &problem) ||
             Refuse(place, problem);
    }
  }
  return Singular(*table.FindNumber(number), place);
}

bool JsonParser::Any(const MessageTable& table, const Place& place) {
  if (in_.Peek() != '{') return Refuse(place, "expected an object");
  std::string type_url;
  if (!ReadAnyType(place, &type_url)) return false;
  const MessageTable* type =
      table.types().Find(std::string_view(type_url).substr(type_url.rfind('/') + 1));
  if (type == nullptr) {
    return Refuse({.parent = &place, .key = "@type"}, "no such type: " + type_url);
  }
  out_.Tag(MakeTag(1, WireType::kLength));
  out_.LengthDelimited(type_url);
  out_.Tag(MakeTag(2, WireType::kLength));
  const std::size_t mark = out_.Open();
  const bool plain =
      type->well_known() == WellKnown::kNone || type->well_known() == WellKnown::kHttpBody;
  if (!(plain ? Object(*type, place, true) : AnyValue(*type, place))) return false;
  out_.Close(mark);
  return true;
}

bool JsonParser::ReadAnyType(const Place& place, std::string* type_url) {
  const Place type_place{.parent = &place, .key = "@type"};
  const char* const begin = in_.position();
  in_.Pass();
  bool more = !in_.Take('}');
  while (more) {
    std::string_view name;
    if (!in_.ReadString(&name)) return NotJson(place);
    const bool found = name == "@type";
    if (!in_.Take(':')) {
      in_.Refuse("expected ':'");
      return NotJson(place);
    }
    if (found) {
      if (in_.Peek() != '"') return Refuse(type_place, "expected a string");
      std::string_view text;
      if (!in_.ReadString(&text)) return NotJson(type_place);
      type_url->assign(text);
      in_.set_position(begin);
      return true;
    }
    if (!in_.SkipValue(options_.max_depth - depth_ - 1)) return NotJson(place);
    if (!Next('}', &more, place)) return false;
  }
  return Refuse(type_place, "missing");
}

bool JsonParser::AnyValue(const MessageTable& type, const Place& place) {
  if (!Enter('{', "expected an object", place)) return false;
  bool type_given = false;
  bool value_given = false;
  bool more = true;
  while (more) {
    std::string_view name;
    if (!in_.ReadString(&name)) return NotJson(place);
    const bool is_type = name == "@type";
    const std::string key(name);
    const Place member{.parent = &place, .key = key};
    if (!is_type && name != "value") return Refuse(member, "unknown field; expected \"value\"");
    bool& given = is_type ? type_given : value_given;
    if (given) return Refuse(member, "given twice");
    given = true;
    if (!in_.Take(':')) {
      in_.Refuse("expected ':'");
      return NotJson(member);
    }
    if (is_type) {
      if (!in_.SkipValue(0)) return NotJson(member);
    } else if (!Message(type, member)) {
      return false;
    }
    if (!Next('}', &more, place)) return false;
  }
  Leave();
  return true;
}

}  // namespace jobmesh::gateway::transcode
