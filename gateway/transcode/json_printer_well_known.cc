#include <bit>
#include <cmath>

#include "gateway/transcode/json_printer.h"
#include "gateway/transcode/well_known_text.h"

// The messages of google/protobuf/*.proto whose JSON form is not an object of their fields
// (https://protobuf.dev/programming-guides/json/).
namespace jobmesh::gateway::transcode {

bool JsonPrinter::Time(const MessageTable& table, std::string_view wire) {
  SecondsAndNanos value;
  WireReader in(wire);
  while (!in.done()) {
    std::uint32_t tag;
    std::uint64_t number;
    if (!in.ReadTag(&tag)) return Malformed(table);
    if (tag == MakeTag(1, WireType::kVarint)) {
      if (!in.ReadVarint(&number)) return Malformed(table);
      value.seconds = static_cast<std::int64_t>(number);
    } else if (tag == MakeTag(2, WireType::kVarint)) {
      if (!in.ReadVarint(&number)) return Malformed(table);
      value.nanos = static_cast<std::int32_t>(number);
    } else if (!in.Skip(tag)) {
      return Malformed(table);
    }
  }
  char text[kMaxTextSize];
  const char* end = table.well_known() == WellKnown::kTimestamp ? PutTimestamp(text, value)
                                                                : PutDuration(text, value);
  if (end == nullptr) return Refuse("a time out of range", table.full_name());
  writer_.PlainString({text, static_cast<std::size_t>(end - text)});
  return true;
}

bool JsonPrinter::FieldMask(const MessageTable& table, std::string_view wire) {
  std::string joined;
  WireReader in(wire);
  while (!in.done()) {
    std::uint32_t tag;
    if (!in.ReadTag(&tag)) return Malformed(table);
    if (tag != MakeTag(1, WireType::kLength)) {
      if (!in.Skip(tag)) return Malformed(table);
      continue;
    }
    std::string_view path;
    if (!in.ReadLength(&path)) return Malformed(table);
    const std::string text = CamelCasePath(path);
    if (text.empty()) continue;
    if (!joined.empty()) joined.push_back(',');
    joined.append(text);
  }
  return writer_.String(joined) || Refuse("a path that is not UTF-8", table.full_name());
}

bool JsonPrinter::Struct(const MessageTable& table, std::string_view wire, int depth) {
  std::vector<std::string_view> entries;
  WireReader in(wire);
  while (!in.done()) {
    std::uint32_t tag;
    if (!in.ReadTag(&tag)) return Malformed(table);
    if (tag == MakeTag(1, WireType::kLength)) {
      if (!in.ReadLength(&entries.emplace_back())) return Malformed(table);
    } else if (!in.Skip(tag)) {
      return Malformed(table);
    }
  }
  return Map(*table.FindNumber(1), entries, depth);
}

bool JsonPrinter::ListValue(const MessageTable& table, std::string_view wire, int depth) {
  writer_.OpenArray();
  const FieldTable& values = *table.FindNumber(1);
  WireReader in(wire);
  while (!in.done()) {
    std::uint32_t tag;
    if (!in.ReadTag(&tag)) return Malformed(table);
    if (tag == MakeTag(1, WireType::kLength)) {
      if (!Elements(values, WireType::kLength, &in, depth)) return false;
    } else if (!in.Skip(tag)) {
      return Malformed(table);
    }
  }
  writer_.CloseArray();
  return true;
}

bool JsonPrinter::DynamicValue(const MessageTable& table, std::string_view wire, int depth) {
  Occurrences occurrences;
  if (!Collect(table, wire, &occurrences)) return false;
  if (occurrences.empty()) {
    writer_.Raw("null");
    return true;
  }
  const Occurrence* begin = occurrences.data();
  const FieldTable& kind = table.fields()[begin->field];
  if (kind.kind == Kind::kDouble) {
    std::uint64_t bits = 0;
    WireReader in(occurrences.back().value);
    if (!in.ReadFixed64(&bits)) return Malformed(table);
    if (!std::isfinite(std::bit_cast<double>(bits))) {
      return Refuse("a number that JSON cannot say", table.full_name());
    }
  }
  return Collected(kind, begin, begin + occurrences.size(), depth);
}

bool JsonPrinter::Wrapper(const MessageTable& table, std::string_view wire, int depth) {
  const FieldTable& value = *table.FindNumber(1);
  Occurrences occurrences;
  if (!Collect(table, wire, &occurrences)) return false;
  if (occurrences.empty()) {
    writer_.Raw(value.default_json);
    return true;
  }
  const Occurrence* begin = occurrences.data();
  return Collected(value, begin, begin + occurrences.size(), depth);
}

bool JsonPrinter::Any(const MessageTable& table, std::string_view wire, int depth) {
  std::string_view type_url;
  std::string_view value;
  WireReader in(wire);
  while (!in.done()) {
    std::uint32_t tag;
    if (!in.ReadTag(&tag)) return Malformed(table);
    if (tag == MakeTag(1, WireType::kLength)) {
      if (!in.ReadLength(&type_url)) return Malformed(table);
    } else if (tag == MakeTag(2, WireType::kLength)) {
      if (!in.ReadLength(&value)) return Malformed(table);
    } else if (!in.Skip(tag)) {
      return Malformed(table);
    }
  }
  writer_.OpenObject();
  if (type_url.empty() && value.empty()) {
    writer_.CloseObject();
    return true;
  }
  writer_.Raw("\"@type\":");
  if (!writer_.String(type_url)) return Refuse("a type URL that is not UTF-8", table.full_name());
  writer_.Comma();
  const MessageTable* type = table.types().Find(type_url.substr(type_url.rfind('/') + 1));
  if (type == nullptr) {
    // Details of errors often have types of their own; the rest of the message must not be lost.
    writer_.Raw("\"value\":");
    writer_.Base64(value);
  } else if (type->well_known() == WellKnown::kNone || type->well_known() == WellKnown::kHttpBody) {
    if (depth + 1 > options_.max_depth) {
      return Refuse("messages nested too deep", table.full_name());
    }
    if (!Fields(*type, value, depth + 1)) return false;
  } else {
    writer_.Raw("\"value\":");
    if (!Message(*type, value, depth + 1)) return false;
  }
  writer_.CloseObject();
  return true;
}

}  // namespace jobmesh::gateway::transcode
