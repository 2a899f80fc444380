#include "gateway/transcode/request_builder.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "gateway/transcode/http_body.h"
#include "gateway/transcode/json_parser.h"
#include "gateway/transcode/percent_encoding.h"
#include "gateway/transcode/scalar_text.h"
#include "gateway/transcode/update_mask.h"
#include "gateway/transcode/utf8.h"
#include "gateway/transcode/well_known_wire.h"
#include "runtime/status_macros.h"

namespace jobmesh::gateway::transcode {
namespace {

absl::Status Error(FieldError where, std::string message) {
  where.message = std::move(message);
  return FieldErrorStatus(where);
}

bool IsHttpBody(const MessageTable* message) {
  return message != nullptr && message->well_known() == WellKnown::kHttpBody;
}

// What the bytes of a message hold of one of its fields.
struct Found {
  std::optional<std::string_view> value;     // the last one; without tag, nor length if a message
  const FieldTable* other_member = nullptr;  // of the field's oneof
};

// `wire` comes from JsonToWire and is not malformed.
Found FindField(const MessageTable& message, const FieldTable& field, std::string_view wire) {
  Found found;
  WireReader in(wire);
  std::uint32_t tag;
  while (!in.done() && in.ReadTag(&tag)) {
    const char* const begin = in.position();
    if (!in.Skip(tag)) break;
    const FieldTable* each = message.FindNumber(TagNumber(tag));
    if (each == &field) {
      std::string_view value(begin, static_cast<std::size_t>(in.position() - begin));
      if (field.is_message()) {
        WireReader content(value);
        content.ReadLength(&value);
      }
      found.value = value;
    } else if (each != nullptr && field.oneof >= 0 && each->oneof == field.oneof) {
      found.other_member = each;
    }
  }
  return found;
}

}  // namespace

absl::Status RequestBuilder::SetBody(std::string_view content_type, std::string_view body) {
  if (rule_.kind == BodyRule::Kind::kNone || body.empty()) return absl::OkStatus();
  if (rule_.kind == BodyRule::Kind::kWhole) {
    if (IsHttpBody(&request_)) {
      PutHttpBody(content_type, body, &body_);
      return absl::OkStatus();
    }
    return JsonToWire(request_, body, options_, &body_);
  }
  const FieldTable& field = rule_.field.leaf();
  std::string value;  // with its tag
  if (IsHttpBody(field.message) && !field.repeated) {
    WireWriter out(body.size());
    out.Tag(field.tag);
    std::string content;
    PutHttpBody(content_type, body, &content);
    out.LengthDelimited(content);
    out.Finish(&value);
  } else {
    RETURN_IF_ERROR(JsonFieldToWire(field, body, options_, &value));
    if (rule_.update_mask != nullptr && field.is_message()) {
      mask_paths_ = UpdateMaskOf(*field.message, body);
    }
  }
  const auto& fields = rule_.field.fields;
  for (auto parent = fields.rbegin() + 1; parent != fields.rend(); ++parent) {
    WireWriter out(value.size());
    out.Tag((*parent)->tag);
    out.LengthDelimited(value);
    value.clear();
    out.Finish(&value);
  }
  body_ = std::move(value);
  return absl::OkStatus();
}

absl::Status RequestBuilder::BindPath(const FieldPath& path, std::string_view value) {
  return Bind(path, nullptr, {.location = "path", .field = path.text()}, value);
}

absl::Status RequestBuilder::BindQuery(std::string_view query,
                                       const std::vector<std::string>& ignored) {
  int count = 0;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view parameter = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = parameter.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    FieldError where{.location = "query", .field = std::string(parameter.substr(0, equals))};
    if (++count > kMaxParameters) return Error(where, "too many parameters");
    std::string name;
    std::string value;
    if (!PercentDecode(parameter.substr(0, equals), PercentDecoding::kForm, &name) ||
        !PercentDecode(parameter.substr(equals + 1), PercentDecoding::kForm, &value)) {
      return Error(where, "a malformed percent escape");
    }
    if (!IsUtf8(name) || !IsUtf8(value)) return Error(where, "not UTF-8");
    if (std::find(ignored.begin(), ignored.end(), name) != ignored.end()) continue;
    RETURN_IF_ERROR(BindParameter(name, value));
  }
  return absl::OkStatus();
}

absl::Status RequestBuilder::BindParameter(std::string_view name, std::string_view value) {
  const FieldError where{.location = "query", .field = std::string(name)};
  if (rule_.kind == BodyRule::Kind::kWhole) {
    if (options_.unknown_fields == UnknownFields::kIgnore) return absl::OkStatus();
    return Error(where, "unknown parameter: the body is the whole request");
  }
  const std::size_t bracket = name.find('[');
  const bool bracketed = bracket != std::string_view::npos && name.back() == ']';
  const auto path = ResolveFieldPath(request_, bracketed ? name.substr(0, bracket) : name);
  if (!path.ok()) return Error(where, std::string(path.status().message()));
  // `tag[]=a&tag[]=b` is how many clients spell a list.
  const bool listed =
      bracketed && name.substr(bracket) == "[]" && path->leaf().repeated && !path->leaf().map;
  const bool keyed = bracketed && !listed;
  if (keyed != path->leaf().map) {
    return Error(where, keyed ? "is not a map" : "is a map: give it as name[key]=value");
  }
  if (!keyed) return Bind(*path, nullptr, where, value);
  const std::string key(name.substr(bracket + 1, name.size() - bracket - 2));
  return Bind(*path, &key, where, value);
}

absl::Status RequestBuilder::Bind(const FieldPath& path, const std::string* map_key,
                                  const FieldError& where, std::string_view value) {
  const FieldTable& leaf = path.leaf();
  RETURN_IF_ERROR(CheckOneofs(path, where));
  std::vector<std::size_t> marks;
  for (std::size_t i = 0; i + 1 < path.fields.size(); ++i) {
    bindings_.Tag(path.fields[i]->tag);
    marks.push_back(bindings_.Open());
  }
  std::string place = path.text();
  WireWriter::Checkpoint before = bindings_.Save();
  if (map_key != nullptr) {
    place += '[' + *map_key + ']';
    bindings_.Tag(leaf.tag);
    marks.push_back(bindings_.Open());
    bindings_.Tag(leaf.map_key().tag);
    std::string problem;
    if (!PutScalarText(leaf.map_key(), *map_key, TextSource::kUrl, &bindings_, &problem)) {
      return Error(where, "key: " + problem);
    }
    before = bindings_.Save();
    RETURN_IF_ERROR(PutValue(leaf.map_value(), where, value));
  } else {
    RETURN_IF_ERROR(PutValue(leaf, where, value));
  }
  const std::string encoded(bindings_.Since(before));
  for (auto mark = marks.rbegin(); mark != marks.rend(); ++mark) bindings_.Close(*mark);
  if (leaf.repeated && map_key == nullptr) return absl::OkStatus();
  const bool in_path = where.location == "path";
  const auto [earlier, is_new] = bound_.emplace(std::move(place), Bound{encoded, in_path});
  if (!is_new) {
    // The path is bound before the query: `?shelf=1` may repeat what `/shelves/1` says.
    if (!earlier->second.in_path) return Error(where, "too many values for one field");
    if (earlier->second.encoded != encoded)
      return Error(where, "differs from the value in the path");
    return absl::OkStatus();
  }
  return map_key == nullptr ? CheckBody(path, where, encoded) : absl::OkStatus();
}

absl::Status RequestBuilder::PutValue(const FieldTable& field, const FieldError& where,
                                      std::string_view value) {
  bindings_.Tag(MakeTag(field.number, field.wire_type));
  if (field.is_message()) return PutMessage(field, where, value);
  std::string problem;
  if (PutScalarText(field, value, TextSource::kUrl, &bindings_, &problem)) return absl::OkStatus();
  return Error(where, problem);
}

absl::Status RequestBuilder::PutMessage(const FieldTable& field, const FieldError& where,
                                        std::string_view value) {
  if (!IsBindable(field)) return Error(where, "is a message: name one of its fields");
  const MessageTable& message = *field.message;
  const std::size_t mark = bindings_.Open();
  SecondsAndNanos time;
  switch (message.well_known()) {
    case WellKnown::kTimestamp:
      if (!ParseTimestamp(value, &time)) {
        return Error(where, "expected a time such as 2026-01-31T12:00:00Z");
      }
      PutSecondsAndNanos(time, &bindings_);
      break;
    case WellKnown::kDuration:
      if (!ParseDurationParts(value, &time)) {
        return Error(where, "expected a duration such as 1.5s");
      }
      PutSecondsAndNanos(time, &bindings_);
      break;
    case WellKnown::kFieldMask:
      PutFieldMask(value, &bindings_);
      break;
    case WellKnown::kWrapper:
      RETURN_IF_ERROR(PutValue(*message.FindNumber(1), where, value));
      break;
    default: {
      JsonParser parser(value, options_, &bindings_);
      if (!parser.Whole(message)) {
        const auto error = FieldErrorOf(parser.status());
        return Error(where, error.has_value() ? error->message : "expected JSON");
      }
      break;
    }
  }
  bindings_.Close(mark);
  return absl::OkStatus();
}

absl::Status RequestBuilder::CheckOneofs(const FieldPath& path, const FieldError& where) {
  std::string parent;
  for (const FieldTable* field : path.fields) {
    if (field->oneof >= 0) {
      const std::string key = parent + '#' + std::to_string(field->oneof);
      const auto [member, is_new] = oneofs_.emplace(key, field);
      if (!is_new && member->second != field) {
        return Error(where, "excludes " + member->second->json_name + ", which is given too");
      }
    }
    parent += field->json_name;
    parent += '.';
  }
  return absl::OkStatus();
}

absl::Status RequestBuilder::CheckBody(const FieldPath& path, const FieldError& where,
                                       std::string_view encoded) const {
  const MessageTable* message = &request_;
  std::string_view wire = body_;
  for (const FieldTable* field : path.fields) {
    const Found found = FindField(*message, *field, wire);
    if (found.other_member != nullptr) {
      return Error(where, "excludes " + found.other_member->json_name + ", which the body gives");
    }
    if (!found.value.has_value()) return absl::OkStatus();
    wire = *found.value;
    message = field->message;
  }
  // `encoded` starts with the tag.
  std::uint64_t tag;
  WireReader in(encoded);
  in.ReadVarint(&tag);
  encoded.remove_prefix(static_cast<std::size_t>(in.position() - encoded.data()));
  if (wire == encoded) return absl::OkStatus();
  return Error(where, "differs from the value in the body");
}

void RequestBuilder::Finish(std::string* wire) {
  if (rule_.update_mask != nullptr && !mask_paths_.empty() &&
      !bound_.contains(rule_.update_mask->json_name)) {
    bindings_.Tag(rule_.update_mask->tag);
    const std::size_t mark = bindings_.Open();
    for (const std::string& path : mask_paths_) {
      bindings_.Tag(MakeTag(1, WireType::kLength));
      bindings_.LengthDelimited(path);
    }
    bindings_.Close(mark);
  }
  if (wire->empty()) {
    *wire = std::move(body_);
  } else {
    wire->append(body_);
  }
  bindings_.Finish(wire);
}

}  // namespace jobmesh::gateway::transcode
